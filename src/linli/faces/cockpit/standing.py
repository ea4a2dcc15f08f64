"""How urgent a matter is for the neighbourhood, in four steps, and in which order people are needed.

Pure rules on plain values; the map's colours, the list's ranks and the legend's counts all come from here, so that
they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from linli.act.casework.models import Level, State


class Standing(IntEnum):
    """Higher is graver."""

    CALM = 0
    WATCH = 1
    ATTENTION = 2
    DANGER = 3

    @property
    def key(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Matter:
    """Something open: a case, or a warning that has no case yet.

    ``finish_by`` None means no deadline; ``owed_by`` is when the next step (accept, contact, finish) is due.
    """

    key: str
    level: str
    state: str
    since: datetime
    finish_by: datetime | None
    owed_by: datetime | None = None
    paused: bool = False
    building_id: int | None = None
    grid_id: int | None = None
    held: bool = False
    case_id: int | None = field(default=None, compare=False)
    warning_id: int | None = field(default=None, compare=False)

    def overdue(self, now: datetime) -> bool:
        return self.finish_by is not None and self.finish_by < now and not self.resting

    @property
    def resting(self) -> bool:
        """Nobody of the staff has to act now: the clock stands still, or the resident has the word."""
        return self.paused or self.state == State.EVALUATING


def standing_of(matter: Matter, *, now: datetime, end_of_day: datetime) -> Standing:
    """Danger to life needs somebody there at once; what is late or due today, today; the rest is under way."""
    if matter.resting:
        return Standing.CALM if matter.state == State.EVALUATING else Standing.WATCH
    if matter.level == Level.P0:
        return Standing.DANGER
    if matter.level == Level.P1 or matter.overdue(now) or matter.state == State.REOPENED:
        return Standing.ATTENTION
    if matter.case_id is None:
        return Standing.ATTENTION
    if any(due is not None and due <= end_of_day for due in (matter.owed_by, matter.finish_by)):
        return Standing.ATTENTION
    return Standing.WATCH


def ranked(matters: Iterable[Matter], *, now: datetime, end_of_day: datetime) -> list[tuple[Matter, Standing]]:
    """Gravest first; among equals what nobody holds, then the nearest deadline, then the longest wait."""
    judged = [(matter, standing_of(matter, now=now, end_of_day=end_of_day)) for matter in matters]
    return sorted(
        judged,
        key=lambda entry: (
            -entry[1],
            entry[0].held,
            (entry[0].owed_by or entry[0].finish_by or entry[0].since).timestamp(),
            entry[0].since.timestamp(),
            entry[0].key,
        ),
    )


def worst_of(judged: Iterable[tuple[Matter, Standing]]) -> dict[int, Standing]:
    """The gravest standing of each building that has an open matter."""
    worst: dict[int, Standing] = {}
    for matter, standing in judged:
        if matter.building_id is not None:
            worst[matter.building_id] = max(standing, worst.get(matter.building_id, Standing.CALM))
    return worst
