"""三率和别的率, cut by grid, category, unit, channel or age group (``domain.md`` §2.3): counted by the database.

A community has tens of thousands of ended cases in two years. The database counts them group by group; what comes back is a row for
each group, kind of matter and reason why a case does not count. Only who said the same again is looked for here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Aggregate, CharField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as DatabaseCase
from django.db.models.functions import Coalesce, Substr
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import CaseQuerySet, CaseRequest, Errand, Rating, State
from linli.act.casework.queries.ended import cases_ended, when_ended, why_excluded
from linli.act.casework.queries.figures import FIGURES_OF_ALL, counted
from linli.act.casework.rules.mix import adjusted
from linli.act.casework.rules.three_rates import SATISFIED_FROM, ThreeRates
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Grid
from linli.foundation.shares import Rate
from linli.sense.requests.models import Channel
from linli.understand.triage.taxonomy import category

CUTS = ("grid", "category", "unit", "channel", "age")
REPEAT_WITHIN = timedelta(days=30)
AGES = ((0, 17), (18, 59), (60, 74), (75, 200))
AT_ONCE = 5_000
"""Keys in one query."""
OVER = (State.CLOSED, State.ARCHIVED)


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


@dataclass
class _Tally:
    """What was counted of one group, whose ``first`` case was opened then. ``solved`` and ``pleased`` are part and n of the
    answers by kind of matter."""

    first: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    solved: dict[str, tuple[int, int]] = field(default_factory=dict)
    pleased: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.counts["n"] + self.excluded.total()

    def add(self, other: _Tally) -> None:
        self.begin(other.first)
        self.counts.update(other.counts)
        self.excluded.update(other.excluded)
        for mine, theirs in ((self.solved, other.solved), (self.pleased, other.pleased)):
            for kind, (part, n) in theirs.items():
                before = mine.get(kind, (0, 0))
                mine[kind] = (before[0] + part, before[1] + n)

    def begin(self, first: datetime | None) -> None:
        self.first = min((at for at in (self.first, first) if at is not None), default=None)

    def count(self, row: Mapping[str, Any]) -> None:
        self.begin(row["first"])
        if row["why"]:
            self.excluded[row["why"]] += row["n"]
        else:
            self.counts.update({name: row[name] for name in _COUNTED})

    def hear(self, row: Mapping[str, Any]) -> None:
        if not row["why"]:
            for cells, part in ((self.solved, "solved_n"), (self.pleased, "pleased_n")):
                before = cells.get(row["kind"], (0, 0))
                cells[row["kind"]] = (before[0] + row[part], before[1] + row["n"])


@dataclass(frozen=True)
class _Source:
    """Rows of the cases and of the answers of a cut. ``path`` leads from a row to its case, ``key`` and ``answer_key`` to its
    group; ``often`` and ``answers_often`` where a case or an answer may have several rows in one group."""

    rows: QuerySet
    path: str
    key: Any
    answers: QuerySet
    answer_key: Any
    often: bool = False
    answers_often: bool = False


@dataclass(frozen=True)
class _Asked:
    start: datetime
    end: datetime
    actor: Actor

    @property
    def cases(self) -> CaseQuerySet:
        return cases_ended(self.start, self.end, counted(self.actor)).order_by()


_EACH_ONCE = frozenset({"grid", "category"})
"""Cuts in which each case and each answer stands in one group: their sum is the whole."""
_COUNTED = ("n", "in_time", "over", "punctual", "once", "sent", "back")


def figures(start: datetime, end: datetime, cut: str, *, actor: Actor) -> tuple[Figures, list[Figures]]:
    """All cases of requests that ended in ``[start, end)``, and each group of the cut, as far as ``actor`` sees them.

    ``cut`` is one of ``CUTS``. Of a joint case each reporter counts in its own channel and age group; the case counts
    once in each. Raises :class:`NotFound` for another cut.
    """
    if cut not in CUTS:
        raise NotFound
    asked = _Asked(start, end, actor)
    groups: dict[str, _Tally] = defaultdict(_Tally)
    names, sources = _names(cut), list(_sources(asked, cut))
    for source in sources:
        groups |= _counted(source, names)
    again = _repeated(
        asked.cases, min((tally.first for tally in groups.values() if tally.first is not None), default=start)
    )
    for source in sources:
        _count_again(groups, source, again, names)
    if cut in _EACH_ONCE:
        whole = _Tally()
        for tally in groups.values():
            whole.add(tally)
    else:
        everything = _counted(_all(asked), _nameless)
        _count_again(everything, _all(asked), again, _nameless)
        whole = everything.get("", _Tally())
    resolution = adjusted({name: tally.solved for name, tally in groups.items()})
    satisfaction = adjusted({name: tally.pleased for name, tally in groups.items()})
    found = [
        _figures(name, tally, resolution[name], satisfaction[name])
        for name, tally in sorted(groups.items(), key=lambda group: (-group[1].size, group[0]))
    ]
    return _figures(_("全部"), whole), found


def _nameless(_key: Any) -> str:
    return ""


def _counted(source: _Source, names) -> dict[str, _Tally]:
    path, pk = source.path, f"{source.path}pk"
    over, sent = Q(**{f"{path}state__in": OVER}), Q(**{f"{path}dispatched_at__isnull": False})
    shared = {"kind": Substr(f"{path}category", 1, 2), "why": why_excluded(path), "key": source.key}
    rows = source.rows.annotate(done=Coalesce(f"{path}fed_back_at", f"{path}closed_at"), **shared)

    def cases(when: Q | None = None) -> Count:
        return Count(pk, distinct=source.often, filter=when)

    def answers(when: Q | None = None) -> Count:
        return Count("pk", distinct=source.answers_often, filter=when)

    found: dict[str, _Tally] = defaultdict(_Tally)
    for row in (
        rows.order_by()
        .values("key", "kind", "why")
        .annotate(
            n=cases(),
            first=Min(f"{path}opened_at"),
            in_time=cases(Q(**{f"{path}contacted_at__lte": F(f"{path}contact_by")})),
            over=cases(over),
            punctual=cases(over & Q(done__lte=F(f"{path}finish_by"))),
            once=cases(over & Q(**{f"{path}reopened_times": 0})),
            sent=cases(sent),
            back=cases(sent & Q(**{f"{path}returned_times__gt": 0})),
        )
    ):
        found[names(row["key"])].count(row)
    for row in (
        source.answers.annotate(
            kind=Substr("case__category", 1, 2), why=why_excluded("case__", answered=True), key=source.answer_key
        )
        .order_by()
        .values("key", "kind", "why")
        .annotate(
            n=answers(),
            solved_n=answers(Q(solved=True)),
            pleased_n=answers(Q(satisfaction__gte=SATISFIED_FROM)),
        )
    ):
        found[names(row["key"])].hear(row)
    return found


def _count_again(groups: Mapping[str, _Tally], source: _Source, again: Sequence[int], names) -> None:
    pk = f"{source.path}pk"
    rows = source.rows.annotate(why=why_excluded(source.path), key=source.key).filter(why="")
    for begin in range(0, len(again), AT_ONCE):
        some = rows.filter(**{f"{pk}__in": again[begin : begin + AT_ONCE]}).order_by()
        for row in some.values("key").annotate(n=Count(pk, distinct=source.often)):
            groups[names(row["key"])].counts["again"] += row["n"]


def _all(asked: _Asked) -> _Source:
    return _Source(asked.cases, "", Value("", CharField()), _last_words(asked), Value("", CharField()))


def _sources(asked: _Asked, cut: str) -> Iterable[_Source]:
    cases, words = asked.cases, _last_words(asked)
    if cut == "grid":
        return [_Source(cases, "", F("grid_id"), words, F("case__grid_id"))]
    if cut == "category":
        return [_Source(cases, "", Substr("category", 1, 2), words, Substr("case__category", 1, 2))]
    if cut == "unit":
        done = Errand.objects.filter(state=Errand.State.DONE, case__in=cases.values("pk"))
        by_unit = words.filter(case__errands__state=Errand.State.DONE)
        nobody = Value("", CharField())
        others = _Source(
            cases.exclude(pk__in=done.values("case")), "", nobody, words.exclude(case__in=done.values("case")), nobody
        )
        name, answer_name = F("unit__name"), F("case__errands__unit__name")
        return [_Source(done, "case__", name, by_unit, answer_name, often=True, answers_often=True), others]
    said = CaseRequest.objects.filter(withdrawn_at=None, case__in=cases.values("pk"))
    told = words.filter(request__joined__case=F("case"), request__joined__withdrawn_at__isnull=True)
    if cut == "channel":
        return [_Source(said, "case__", F("request__channel"), told, F("request__channel"), often=True)]
    age = _age_key("request__speaker__birth_date", asked.end.date())
    return [_Source(said, "case__", age, told, age, often=True)]


def _last_words(asked: _Asked) -> QuerySet[Rating]:
    """Of each reporter of each case what was said last."""
    later = Rating.objects.filter(case=OuterRef("case"), request=OuterRef("request"), round__gt=OuterRef("round"))
    words = Rating.objects.filter(when_ended(asked.start, asked.end, "case__"), ~Exists(later))
    if asked.actor.has(*FIGURES_OF_ALL):
        return words
    return words.filter(Exists(counted(asked.actor).filter(pk=OuterRef("case"))))


def _age_key(born: str, day: date) -> DatabaseCase:
    """Where in :data:`AGES` somebody stands on ``day``; empty without a day of birth."""
    rising = [
        When(**{f"{born}__lte": _born_by(day, low)}, then=Value(str(n)))
        for n, (low, _high) in reversed(list(enumerate(AGES)))
    ]
    return DatabaseCase(*rising, default=Value(""), output_field=CharField())


def _born_by(day: date, years: int) -> date:
    """The last day of birth on which somebody is ``years`` old on ``day``; see :func:`full_years`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _names(cut: str):
    grids = {grid.pk: str(grid) for grid in Grid.objects.all()} if cut == "grid" else {}
    by_cut = {
        "grid": lambda key: grids.get(key or 0, _("还不知道在哪")),
        "category": lambda key: category(f"{key}0000").name(get_language() or "zh-hans"),
        "unit": lambda key: key or _("社区自己办的"),
        "channel": lambda key: str(Channel(key).label),
        "age": lambda key: _age_group(*AGES[int(key)]) if key else _("不知道年龄"),
    }
    return by_cut[cut]


def _age_group(low: int, high: int) -> str:
    return _("%(low)d 岁以上") % {"low": low} if high > 150 else _("%(low)d–%(high)d 岁") % {"low": low, "high": high}


def _repeated(cases: CaseQuerySet, opened_from: datetime) -> list[int]:
    """Those of which a speaker had said the same kind of thing of the same place in the thirty days before.

    The database finds who said a thing more than once; what is fetched are their cases, not all of two years.
    """
    rows = CaseRequest.objects.filter(
        request__speaker__isnull=False, case__opened_at__gte=opened_from - REPEAT_WITHIN
    ).order_by()
    thing = ("request__speaker_id", "case__category", "case__building_id")
    many = rows.values_list(*thing).annotate(n=Count("pk"), listed=_Listed("pk")).filter(n__gt=1)
    pks = {int(pk) for listed in many.values_list("listed", flat=True) for pk in listed.split(",")}
    said: dict[tuple, list[tuple[datetime, int, bool]]] = defaultdict(list)
    for some in _parts(pks):
        for speaker, code, building, at, case_id, withdrawn in rows.filter(pk__in=some).values_list(
            *thing, "case__opened_at", "case_id", "withdrawn_at"
        ):
            said[speaker, code, building].append((at, case_id, withdrawn is None))
    found = {pk for course in said.values() for pk in _again(sorted(course))}
    ours: set[int] = set()
    for some in _parts(found):
        ours.update(cases.filter(pk__in=some).values_list("pk", flat=True))
    return sorted(ours)


class _Listed(Aggregate):
    """The values of a group with commas between them."""

    template = "GROUP_CONCAT(%(expressions)s)"
    output_field = CharField()

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="STRING_AGG(CAST(%(expressions)s AS text), ',')", **extra)


def _parts(keys: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    return (ordered[begin : begin + AT_ONCE] for begin in range(0, len(ordered), AT_ONCE))


def _again(course: Sequence[tuple[datetime, int, bool]]) -> Iterable[int]:
    """Of what one person said of one thing, in order of time, the cases that count before which there was another."""
    for at, pk, counts in course:
        if counts and any(other != pk and timedelta() <= at - when <= REPEAT_WITHIN for when, other, _ours in course):
            yield pk


def _figures(name: str, tally: _Tally, resolution: float | None = None, satisfaction: float | None = None) -> Figures:
    n = tally.counts
    solved, answers = (sum(cell[side] for cell in tally.solved.values()) for side in (0, 1))
    pleased = sum(part for part, _n in tally.pleased.values())
    return Figures(
        name=name,
        three=ThreeRates(
            base=n["n"],
            excluded=dict(tally.excluded),
            response=Rate(n["in_time"], n["n"]),
            resolution=Rate(solved, answers),
            satisfaction=Rate(pleased, answers),
        ),
        on_time=Rate(n["punctual"], n["over"]),
        first_time=Rate(n["once"], n["over"]),
        repeat=Rate(n["again"], n["n"]),
        returned=Rate(n["back"], n["sent"]),
        adjusted_resolution=resolution,
        adjusted_satisfaction=satisfaction,
    )
