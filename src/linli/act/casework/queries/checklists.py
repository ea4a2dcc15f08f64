"""Which checklist a kind of matter has, and how far a case is with its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linli.act.casework.models import Case, CaseCheck, Checklist
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed


@dataclass(frozen=True)
class Check:
    """``who`` did it or let it off (``why``), ``at`` that moment; ``state`` is open, done or waived."""

    pk: int
    words: str
    required: bool
    state: str
    who: str
    at: datetime | None
    why: str


def list_for(category: str) -> Checklist | None:
    """The latest version of the most exact category that has rows: 07 02 01, then 07 02, then 07."""
    codes = [category, f"{category[:4]}00", f"{category[:2]}0000"]
    latest: dict[str, Checklist] = {}
    rows = Checklist.objects.filter(category__in=codes).order_by("-version").prefetch_related("rows")
    for one in rows:
        latest.setdefault(one.category, one)
    return next((latest[code] for code in codes if code in latest and latest[code].rows.all()), None)


def checks_of(case: Case) -> list[Check]:
    """Of the present round, in the order of the list."""
    rows = CaseCheck.objects.filter(case=case, round=case.reopened_times).select_related("row", "done_by", "waived_by")
    return [
        Check(
            pk=one.pk,
            words=one.row.words,
            required=one.row.required,
            state="done" if one.done_at else "waived" if one.waived_at else "open",
            who=who.display_name if (who := one.done_by or one.waived_by) else "",
            at=one.done_at or one.waived_at,
            why=one.waived_why,
        )
        for one in rows
    ]


def open_required(case: Case) -> list[str]:
    return [check.words for check in checks_of(case) if check.required and check.state == "open"]


def checklists(actor: Actor) -> list[Checklist]:
    """The latest version of each category, in the order of the codes; an ended list has no rows."""
    if not actor.is_community_staff:
        raise NotAllowed
    latest: dict[str, Checklist] = {}
    rows = Checklist.objects.visible_to(actor).select_related("made_by").prefetch_related("rows")
    for one in rows.order_by("category", "-version"):
        latest.setdefault(one.category, one)
    return list(latest.values())
