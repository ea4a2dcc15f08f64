"""What somebody keeps an eye on, and where it was named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from linli.act.casework.models import Case, CaseEntry, CaseWatch, Mention
from linli.act.casework.people import all_staff
from linli.act.casework.queries.worklists import readings_of
from linli.act.casework.rules.mentions import MARKS, strangers_in
from linli.act.casework.wording import case_title, place_name
from linli.foundation.accounts.actor import Actor, beside_name_as_read

SHOWN_AT_MOST = 100


@dataclass(frozen=True)
class Watched:
    """``fresh`` lines of the history, by others, since it was looked at; ``last`` is when the last of all was written."""

    case: Case
    title: str
    place: str
    fresh: int
    last: datetime | None


@dataclass(frozen=True)
class Mentioned:
    case: Case
    title: str
    text: str
    by: str
    at: datetime
    seen: bool


def watched_by(actor: Actor, *, fresh_only: bool = False) -> list[Watched]:
    """What the actor watches, at most 100: that with something new first."""
    lines = CaseEntry._base_manager.filter(case=OuterRef("case")).order_by().values("case")
    others = lines.filter(pk__gt=OuterRef("seen_entry")).exclude(by=OuterRef("account"))
    rows = (
        CaseWatch.objects.visible_to(actor)
        .select_related("case__building__estate", "case__facility", "case__warning")
        .annotate(
            fresh=Coalesce(Subquery(others.annotate(n=Count("pk")).values("n")), 0),
            last=Subquery(CaseEntry._base_manager.filter(case=OuterRef("case")).order_by("-pk").values("at")[:1]),
        )
        .order_by(F("fresh").desc(), "-last", "-pk")
    )
    if fresh_only:
        rows = rows.filter(fresh__gt=0)
    found = list(rows[:SHOWN_AT_MOST])
    seen = readings_of([row.case for row in found], actor)
    return [Watched(row.case, case_title(row.case, seen), place_name(row.case), row.fresh, row.last) for row in found]


def mentions_of(actor: Actor, *, unseen_only: bool = False) -> list[Mentioned]:
    """Notes that name the actor, at most 100: those not looked at first."""
    rows = (
        Mention.objects.visible_to(actor)
        .select_related("entry__case__building__estate", "entry__case__facility", "entry__case__warning")
        .order_by(F("seen_at").desc(nulls_first=True), "-at", "-pk")
    )
    if unseen_only:
        rows = rows.filter(seen_at=None)
    found = list(rows[:SHOWN_AT_MOST])
    seen = readings_of([row.entry.case for row in found], actor)
    return [
        Mentioned(
            row.entry.case, case_title(row.entry.case, seen), row.entry.text, beside_name_as_read(row.entry.by_label), row.at,
            row.seen_at is not None,
        )
        for row in found
    ]  # fmt: skip


def watches(case: Case, actor: Actor) -> bool:
    return CaseWatch.objects.filter(case=case, account_id=actor.account_id or 0).exists()


def unknown_in_note(text: str) -> tuple[str, ...]:
    """What the note names behind an ``@`` that is nobody who works here; an address is none."""
    if not any(mark in text for mark in MARKS):
        return ()
    return strangers_in(text, list(all_staff().values_list("display_name", flat=True)))
