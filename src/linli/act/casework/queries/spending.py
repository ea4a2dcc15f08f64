"""What a case cost, and what all of them cost by kind of matter, grid and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import Case, CaseSpending
from linli.act.casework.rules.spending import Entry, Totals, total
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotAllowed, NotFound
from linli.understand.triage.taxonomy import category

CUTS = ("category", "grid", "month")


@dataclass(frozen=True)
class Spent:
    """``who`` is a colleague or the unit that wrote it by its link; ``taken_back`` when a counter-entry stands."""

    row: CaseSpending
    who: str
    taken_back: bool


@dataclass(frozen=True)
class Cost:
    """One group: ``cases`` in which something was written."""

    name: str
    cases: int
    totals: Totals


def spendings_of(case: Case) -> tuple[list[Spent], Totals]:
    """Oldest first, and what they come to."""
    rows = list(CaseSpending.objects.filter(case=case).select_related("by", "errand__unit"))
    back = {row.corrects_id for row in rows}
    return [Spent(row, who_wrote(row), row.pk in back) for row in rows], totals_of(rows)


def spent_by_unit(errand_id: int) -> tuple[list[CaseSpending], Totals]:
    rows = list(CaseSpending.objects.filter(errand=errand_id))
    return rows, totals_of(rows)


def costs(start: datetime, end: datetime, cut: str, *, actor: Actor) -> tuple[Cost, list[Cost]]:
    """What was written in ``[start, end)``: all, and each group of ``cut`` (one of ``CUTS``), the dearest first; months in
    their order. A counter-entry counts when it was written. Director only."""
    if cut not in CUTS:
        raise NotFound
    rows = list(entries_of(start, end, actor=actor))
    name: Callable[[CaseSpending], str] = {"category": kind_of, "grid": grid_of, "month": month_of}[cut]
    groups: dict[str, list[CaseSpending]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    found = [_cost(key, group) for key, group in groups.items()]
    found.sort(key=(lambda one: one.name) if cut == "month" else (lambda one: (-one.totals.cost_fen, one.name)))
    return _cost(_("全部"), rows), found


def entries_of(start: datetime, end: datetime, *, actor: Actor) -> QuerySet[CaseSpending]:
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
    rows = CaseSpending.objects.visible_to(actor).filter(at__gte=start, at__lt=end)
    return rows.select_related("case__grid", "by", "errand__unit").order_by("at", "pk")


def who_wrote(row: CaseSpending) -> str:
    if row.by is not None:
        return row.by.display_name
    return row.errand.unit.name if row.errand is not None else ""


def kind_of(row: CaseSpending) -> str:
    return category(f"{row.case.category[:2]}0000").name(get_language() or "zh-hans")


def grid_of(row: CaseSpending) -> str:
    return str(row.case.grid) if row.case.grid is not None else _("还不知道在哪")


def month_of(row: CaseSpending) -> str:
    return f"{timezone.localtime(row.at):%Y-%m}"


def totals_of(rows: Iterable[CaseSpending]) -> Totals:
    return total(
        (Entry(row.kind, row.cost_fen, row.minutes, row.quantity), row.corrects_id is not None) for row in rows
    )


def _cost(name: str, rows: list[CaseSpending]) -> Cost:
    return Cost(name, len({row.case_id for row in rows}), totals_of(rows))
