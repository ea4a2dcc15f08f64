"""Figures of a community: cases by state and grid, the three rates, which buildings need attention."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from django.db.models import Count

from linli.act.casework.models import UNFINISHED, Case, CaseQuerySet, Level, State
from linli.act.casework.queries.ended import ended_between, keys
from linli.act.casework.rules import three_rates as rules
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.registry.models import Grid

FIGURES_OF_ALL = OVERSIGHT
"""Shared screens and the street office see the whole community too, but only through the gate: ``faces/cockpit/shared.py``."""

STATE_GROUPS: dict[str, tuple[str, ...]] = {
    "waiting": (State.SUBMITTED, State.ACCEPTED, State.RETURNED),
    "dispatched": (State.DISPATCHED,),
    "working": (State.IN_PROGRESS, State.ESCALATED),
    "reopened": (State.REOPENED,),
    "paused": (State.WAITING_CITIZEN, State.SUSPENDED),
    "evaluating": (State.EVALUATING,),
}
"""Columns of the matrix, by the states that each holds; ended cases are not in it."""


@dataclass(frozen=True)
class Matrix:
    """``counts[grid_id][group]``; grid ``None`` holds cases whose place is not known yet."""

    grids: tuple[Grid, ...]
    groups: tuple[str, ...]
    counts: dict[int | None, dict[str, int]]
    overdue: dict[int | None, int]
    total: int


class Attention(IntEnum):
    """How much a building needs attention, as its colour on the map."""

    CALM = 0
    WATCH = 1
    TODAY = 2
    DANGER = 3


@dataclass
class BuildingAttention:
    """``attention`` is that of the worst open matter; ``case_ids`` lead to the rows behind it, worst first."""

    building_id: int
    attention: Attention = Attention.CALM
    case_ids: list[int] = field(default_factory=list)
    warnings: int = 0


def counted(actor: Actor) -> CaseQuerySet:
    """Cases that the figures of ``actor`` count: the whole community for oversight, else what it sees.

    Figures name nobody; the rows behind them stay behind ``visible_to``.
    """
    if actor.has(*FIGURES_OF_ALL):
        return Case.objects.all()
    return Case.objects.visible_to(actor)


def matrix(actor: Actor, now: datetime) -> Matrix:
    """Open cases by grid and group of states, and how many of each grid are overdue."""
    group_of = {state: group for group, states in STATE_GROUPS.items() for state in states}
    visible = counted(actor)
    counts: dict[int | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATE_GROUPS, 0))
    total = 0
    rows = (
        visible.active()
        .filter(state__in=group_of)
        .values("grid_id", "state")
        .annotate(n=Count("pk", distinct=True))
        .order_by()
    )
    for row in rows:
        counts[row["grid_id"]][group_of[row["state"]]] += row["n"]
        total += row["n"]
    late = visible.overdue(now).values("grid_id").annotate(n=Count("pk", distinct=True)).order_by()
    return Matrix(
        grids=tuple(Grid.objects.visible_to(actor)),
        groups=tuple(STATE_GROUPS),
        counts=dict(counts),
        overdue={row["grid_id"]: row["n"] for row in late},
        total=total,
    )


def three_rates(start: datetime, end: datetime, *, actor: Actor) -> rules.ThreeRates:
    """三率 of the cases of requests that ended in ``[start, end)``, as far as ``actor`` sees them."""
    _cases, rows = ended_between(start, end, counted(actor))
    return rules.three_rates(row.order for row in rows)


@dataclass(frozen=True)
class RateRecords:
    """The rows behind the three rates: cases of the base and those contacted in time, last answers, and those that
    were happy."""

    cases: tuple[int, ...]
    contacted: tuple[int, ...]
    answers: tuple[int, ...]
    solved: tuple[int, ...]
    satisfied: tuple[int, ...]


def rate_records(start: datetime, end: datetime, *, actor: Actor) -> RateRecords:
    """Which rows :func:`three_rates` counts, for who must count them otherwise."""
    _cases, rows = ended_between(start, end, counted(actor))
    base = [row for row in rows if not row.excluded]
    answers = [word for row in base for word in row.words.values()]
    return RateRecords(
        cases=keys(base),
        contacted=keys(row for row in base if row.contacted_in_time),
        answers=tuple(word.pk for word in answers),
        solved=tuple(word.pk for word in answers if word.solved),
        satisfied=tuple(word.pk for word in answers if word.satisfaction >= rules.SATISFIED_FROM),
    )


def building_attention(actor: Actor, now: datetime) -> dict[int, BuildingAttention]:
    """By building: danger (P0), today (urgent, overdue or sent back), watch (any other open matter); calm ones are absent."""
    found: dict[int, BuildingAttention] = {}
    ranked: dict[int, list[tuple[Attention, int]]] = defaultdict(list)
    rows = (
        counted(actor)
        .active()
        .filter(state__in=UNFINISHED, building__isnull=False)
        .values_list("pk", "building_id", "level", "state", "finish_by", "paused_at", "warning_id")
        .distinct()
    )
    for pk, building_id, level, state, finish_by, paused_at, warning_id in rows:
        attention = _attention(level, state, finish_by, paused_at, now)
        entry = found.setdefault(building_id, BuildingAttention(building_id))
        entry.attention = max(entry.attention, attention)
        entry.warnings += warning_id is not None
        ranked[building_id].append((attention, pk))
    for building_id, cases in ranked.items():
        found[building_id].case_ids = [pk for _, pk in sorted(cases, key=lambda case: (-case[0], case[1]))]
    return found


def _attention(level: str, state: str, finish_by: datetime, paused_at: datetime | None, now: datetime) -> Attention:
    if level == Level.P0:
        return Attention.DANGER
    overdue = paused_at is None and finish_by < now
    if level == Level.P1 or overdue or state == State.REOPENED:
        return Attention.TODAY
    return Attention.WATCH
