"""三率和别的率 counted case by case in Python: slow and plain, to compare what the database counts with."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import CaseQuerySet, CaseRequest, Errand, State
from linli.act.casework.queries.ended import Ended, ended_between
from linli.act.casework.queries.figures import counted
from linli.act.casework.queries.rates import AGES, CUTS, REPEAT_WITHIN, Figures
from linli.act.casework.rules.mix import adjusted
from linli.act.casework.rules.three_rates import SATISFIED_FROM, Answer, Order, three_rates
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Grid, full_years
from linli.foundation.shares import Rate
from linli.sense.requests.models import Channel
from linli.understand.triage.taxonomy import category


class _Said(NamedTuple):
    request_id: int
    channel: str
    speaker_id: int | None
    born: date | None


@dataclass(frozen=True)
class _Fact:
    case: Ended
    order: Order
    answers: dict[int, Answer]
    kind: str
    on_time: bool
    repeated: bool
    said: list[_Said]
    units: tuple[str, ...]


def figures(start: datetime, end: datetime, cut: str, *, actor: Actor) -> tuple[Figures, list[Figures]]:
    """All cases of requests that ended in ``[start, end)``, and each group of the cut, as far as ``actor`` sees them.

    ``cut`` is one of ``CUTS``. Of a joint case each reporter counts in its own channel and age group; the case counts
    once in each. Raises :class:`NotFound` for another cut.
    """
    if cut not in CUTS:
        raise NotFound
    cases, rows = ended_between(start, end, counted(actor))
    said, units = _said(cases), _units(cases) if cut == "unit" else {}
    repeated = _repeated(rows, said, start)
    facts = [_fact(row, said[row.pk], units.get(row.pk, ()), row.pk in repeated) for row in rows]
    grids = {grid.pk: str(grid) for grid in Grid.objects.all()} if cut == "grid" else {}
    groups: dict[str, list[tuple[_Fact, tuple[Answer, ...]]]] = defaultdict(list)
    for fact in facts:
        for name, answers in _groups(fact, cut, grids, end):
            groups[name].append((fact, answers))
    resolution = adjusted({name: _cells(rows, solved=True) for name, rows in groups.items()})
    satisfaction = adjusted({name: _cells(rows, solved=False) for name, rows in groups.items()})
    found = [
        _figures(name, rows, resolution[name], satisfaction[name])
        for name, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    ]
    return _figures(_("全部"), [(fact, fact.order.answers) for fact in facts]), found


def _said(cases: CaseQuerySet) -> dict[int, list[_Said]]:
    """By case what was said, the withdrawn left out."""
    found: dict[int, list[_Said]] = defaultdict(list)
    rows = CaseRequest.objects.filter(withdrawn_at=None, case__in=cases.order_by().values("pk")).order_by("pk")
    for case_id, *said in rows.values_list(
        "case_id", "request_id", "request__channel", "request__speaker_id", "request__speaker__birth_date"
    ):
        found[case_id].append(_Said._make(said))
    return found


def _units(cases: CaseQuerySet) -> dict[int, tuple[str, ...]]:
    """By case the units outside that have done something for it."""
    found: dict[int, set[str]] = defaultdict(set)
    done = Errand.objects.filter(state=Errand.State.DONE, case__in=cases.order_by().values("pk"))
    for case_id, name in done.values_list("case_id", "unit__name"):
        found[case_id].add(name)
    return {case_id: tuple(names) for case_id, names in found.items()}


def _repeated(rows: list[Ended], said: dict[int, list[_Said]], start: datetime) -> set[int]:
    """Those of which a speaker had said the same kind of thing of the same place in the thirty days before."""
    speakers = {one.speaker_id for row in rows for one in said[row.pk] if one.speaker_id}
    earlier: dict[tuple, list[tuple[datetime, int]]] = defaultdict(list)
    first = min((row.opened_at for row in rows), default=start) - REPEAT_WITHIN
    known = CaseRequest.objects.filter(request__speaker__in=speakers, case__opened_at__gte=first)
    for speaker, code, building, at, case_id in known.values_list(
        "request__speaker_id", "case__category", "case__building_id", "case__opened_at", "case_id"
    ):
        earlier[speaker, code, building].append((at, case_id))
    for before in earlier.values():
        before.sort()
    return {row.pk for row in rows if any(_said_before(row, one, earlier) for one in said[row.pk])}


def _said_before(row: Ended, one: _Said, earlier: dict[tuple, list[tuple[datetime, int]]]) -> bool:
    before = earlier.get((one.speaker_id, row.category, row.building_id), [])
    at = bisect_left(before, (row.opened_at - REPEAT_WITHIN, 0))
    while at < len(before) and before[at][0] <= row.opened_at:
        if before[at][1] != row.pk:
            return True
        at += 1
    return False


def _fact(case: Ended, said: list[_Said], units: tuple[str, ...], repeated: bool) -> _Fact:
    words = {request_id: Answer(word.solved, word.satisfaction) for request_id, word in case.words.items()}
    ended = case.fed_back_at or case.closed_at
    return _Fact(
        case,
        case.order,
        words,
        case.category[:2],
        ended is not None and ended <= case.finish_by,
        repeated,
        said,
        units,
    )


def _groups(fact: _Fact, cut: str, grids: dict[int, str], end: datetime) -> list[tuple[str, tuple[Answer, ...]]]:
    case = fact.case
    if cut == "grid":
        return [(grids.get(case.grid_id or 0, _("还不知道在哪")), fact.order.answers)]
    if cut == "category":
        return [(category(f"{fact.kind}0000").name(get_language() or "zh-hans"), fact.order.answers)]
    if cut == "unit":
        return [(unit, fact.order.answers) for unit in sorted(fact.units or {_("社区自己办的")})]
    by_name: dict[str, list[Answer]] = defaultdict(list)
    for said in fact.said:
        if cut == "channel":
            name = str(Channel(said.channel).label)
        else:
            name = _("不知道年龄") if said.born is None else _age_group(full_years(said.born, end.date()))
        by_name[name] += [fact.answers[said.request_id]] if said.request_id in fact.answers else []
    return [(name, tuple(answers)) for name, answers in by_name.items()]


def _age_group(age: int) -> str:
    low, high = next(group for group in AGES if group[0] <= age <= group[1])
    return _("%(low)d 岁以上") % {"low": low} if high > 150 else _("%(low)d–%(high)d 岁") % {"low": low, "high": high}


def _cells(rows: list[tuple[_Fact, tuple[Answer, ...]]], *, solved: bool) -> dict[str, tuple[int, int]]:
    cells: dict[str, tuple[int, int]] = {}
    for fact, answers in rows:
        if fact.order.excluded:
            continue
        part, n = cells.get(fact.kind, (0, 0))
        good = sum(a.solved if solved else a.satisfaction >= SATISFIED_FROM for a in answers)
        cells[fact.kind] = (part + good, n + len(answers))
    return cells


def _figures(
    name: str,
    rows: list[tuple[_Fact, tuple[Answer, ...]]],
    resolution: float | None = None,
    satisfaction: float | None = None,
) -> Figures:
    base = [fact for fact, _answers in rows if not fact.order.excluded]
    ended = [fact for fact in base if fact.case.state in (State.CLOSED, State.ARCHIVED)]
    dispatched = [fact for fact in base if fact.case.dispatched_at is not None]
    return Figures(
        name=name,
        three=three_rates(Order(f.order.contacted_in_time, answers, f.order.excluded) for f, answers in rows),
        on_time=Rate(sum(fact.on_time for fact in ended), len(ended)),
        first_time=Rate(sum(fact.case.reopened_times == 0 for fact in ended), len(ended)),
        repeat=Rate(sum(fact.repeated for fact in base), len(base)),
        returned=Rate(sum(fact.case.returned_times > 0 for fact in dispatched), len(dispatched)),
        adjusted_resolution=resolution,
        adjusted_satisfaction=satisfaction,
    )
