"""三率和别的率, cut by grid, category, unit, channel or age group (``domain.md`` §2.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import Case, CaseRequest, Errand, State
from linli.act.casework.queries.figures import _ended, _excluded, _last_words
from linli.act.casework.rules.mix import adjusted
from linli.act.casework.rules.three_rates import SATISFIED_FROM, Answer, Order, ThreeRates, three_rates
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Grid
from linli.foundation.shares import Rate
from linli.sense.requests.models import Channel
from linli.understand.triage.taxonomy import category

CUTS = ("grid", "category", "unit", "channel", "age")
REPEAT_WITHIN = timedelta(days=30)
AGES = ((0, 17), (18, 59), (60, 74), (75, 200))


@dataclass(frozen=True)
class Figures:
    """One group. ``adjusted_*`` are shares, 0–1, as if every group had had the community's mix of matters."""

    name: str
    three: ThreeRates
    on_time: Rate
    first_time: Rate
    repeat: Rate
    returned: Rate
    adjusted_resolution: float | None = None
    adjusted_satisfaction: float | None = None


@dataclass(frozen=True)
class _Fact:
    case: Case
    order: Order
    answers: dict[int, Answer]
    kind: str
    on_time: bool
    repeated: bool


def figures(start: datetime, end: datetime, cut: str, *, actor: Actor) -> tuple[Figures, list[Figures]]:
    """All cases of requests that ended in ``[start, end)``, and each group of the cut, as far as ``actor`` sees them.

    ``cut`` is one of ``CUTS``. Of a joint case each reporter counts in its own channel and age group; the case counts
    once in each. Raises :class:`NotFound` for another cut.
    """
    if cut not in CUTS:
        raise NotFound
    joined = CaseRequest.objects.filter(withdrawn_at=None).select_related("request__speaker")
    errands = Errand.objects.filter(state=Errand.State.DONE).select_related("unit")
    cases = list(
        _ended(start, end, actor)
        .select_related("grid")
        .prefetch_related(Prefetch("joined", joined), Prefetch("errands", errands))
    )
    facts = [_fact(case, repeated) for case, repeated in _with_repeats(cases, start, actor)]
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


def _with_repeats(cases: list[Case], start: datetime, actor: Actor) -> Iterable[tuple[Case, bool]]:
    """Whether one of the case's speakers had said the same kind of thing of the same place in the thirty days before."""
    speakers = {row.request.speaker_id for case in cases for row in case.joined.all() if row.request.speaker_id}
    earlier: dict[tuple, list[tuple[datetime, int]]] = defaultdict(list)
    first = min((case.opened_at for case in cases), default=start) - REPEAT_WITHIN
    rows = CaseRequest.objects.filter(request__speaker__in=speakers, case__opened_at__gte=first).values_list(
        "request__speaker_id", "case__category", "case__building_id", "case__opened_at", "case_id"
    )
    for speaker, code, building, at, case_id in rows:
        earlier[speaker, code, building].append((at, case_id))
    for case in cases:
        keys = [(row.request.speaker_id, case.category, case.building_id) for row in case.joined.all()]
        yield (
            case,
            any(
                other != case.pk and timedelta(0) <= case.opened_at - at <= REPEAT_WITHIN
                for key in keys
                for at, other in earlier[key]
            ),
        )


def _fact(case: Case, repeated: bool) -> _Fact:
    words = {rating.request_id: Answer(rating.solved, rating.satisfaction) for rating in _last_words(case)}
    contacted = case.contacted_at is not None and case.contacted_at <= case.contact_by
    ended = case.fed_back_at or case.closed_at
    return _Fact(
        case,
        Order(contacted, tuple(words.values()), _excluded(case)),
        words,
        case.category[:2],
        ended is not None and ended <= case.finish_by,
        repeated,
    )


def _groups(fact: _Fact, cut: str, grids: dict[int, str], end: datetime) -> list[tuple[str, tuple[Answer, ...]]]:
    case = fact.case
    if cut == "grid":
        return [(grids.get(case.grid_id or 0, _("还不知道在哪")), fact.order.answers)]
    if cut == "category":
        return [(category(f"{fact.kind}0000").name(get_language() or "zh-hans"), fact.order.answers)]
    if cut == "unit":
        units = {errand.unit.name for errand in case.errands.all()} or {_("社区自己办的")}
        return [(unit, fact.order.answers) for unit in sorted(units)]
    by_name: dict[str, list[Answer]] = defaultdict(list)
    for row in case.joined.all():
        said = row.request
        if cut == "channel":
            name = str(Channel(said.channel).label)
        else:
            name = _age_group(said.speaker.age_on(end.date())) if said.speaker is not None else _("不知道年龄")
        by_name[name] += [fact.answers[said.pk]] if said.pk in fact.answers else []
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
