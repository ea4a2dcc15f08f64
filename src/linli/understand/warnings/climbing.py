"""叫应: call until somebody answers. Who is called when, as plain data. Pure.

The order follows ``domain.md`` §2.2: who is on duty in the grid, the grid lead at the end of the limit, the director at one
and a half times of it, the street office at twice. P0 has five minutes to be accepted, P1 thirty; an SOS button is
answered within 30 seconds (§5.5), and a red call within ten minutes (§15.1), which P0 keeps: the street hears after ten.
Who says "I go" to a P0 is at the place within 30 minutes (§2.2, §4.5: a trapped rider), to an SOS within 15 (§5.5); of P1
the first contact is due within two hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

ROLES = ("grid_worker", "grid_lead", "community_worker", "community_director", "street_office")
ROUNDS = 3
"""How often the whole order is gone through; then nobody is called any more, and the page says so. Of a P0 that still
sounds it begins anew after ``AGAIN``."""
AGAIN = timedelta(minutes=15)
EMPTY_ROUND = timedelta(minutes=5)
"""How long a round in which nobody held any role waits for the next: a duty that changes hands is soon held again."""
MOST_RUNGS = 6
LEAST_MINUTES, MOST_MINUTES = 0.5, 240.0
LEAST_WITHIN = 1.0
"""Minutes that anybody needs to get anywhere: the shortest term of an arrival."""
LONGEST_FINDING = 24 * 60.0
"""Minutes."""


@dataclass(frozen=True)
class Rung:
    """Everybody who holds ``role`` is called; without an answer the next rung is called after ``minutes``."""

    role: str
    minutes: float
    voice: bool = True


@dataclass(frozen=True)
class Arrival:
    """Who said that they go is at the place ``within`` minutes; then they are reminded, and after ``grace`` minutes more
    without a word the next rung is called. Once there, they write down what they found in ``finding`` minutes, past which
    they are quietly reminded; 0: never."""

    within: float
    grace: float
    finding: float = 120


SHIPPED_ARRIVALS: Mapping[str, Arrival] = {
    "P0": Arrival(30, 2),
    "P1": Arrival(120, 10, finding=0),
    "sos": Arrival(15, 1),
}


@dataclass(frozen=True)
class Plan:
    """``ladders`` by P0, P1, or the key of a rule that has one of its own; ``rules`` are those of P1 that climb too;
    ``arrivals`` by the same names.

    Between ``quiet_from`` and ``quiet_until`` (o'clock) only P0 rings; equal hours: never quiet.
    """

    ladders: Mapping[str, Sequence[Rung]]
    rules: frozenset[str]
    quiet_from: int = 22
    quiet_until: int = 7
    arrivals: Mapping[str, Arrival] = field(default_factory=lambda: SHIPPED_ARRIVALS)

    def ladder(self, kind: str, level: str) -> Sequence[Rung]:
        """The rungs for a warning; none if it is not one that is called about."""
        if level == "P0" or (level == "P1" and kind in self.rules):
            return self.ladders.get(kind) or self.ladders.get(level, ())
        return ()

    def arrival(self, kind: str, level: str) -> Arrival:
        """By when somebody is at the place, of a warning that is called about."""
        return self.arrivals.get(kind) or self.arrivals.get(level) or SHIPPED_ARRIVALS["P0"]

    def may_ring(self, level: str, local: datetime) -> datetime:
        """``local`` itself, or the end of the quiet hours that it falls into; both in the neighbourhood's zone."""
        if level == "P0" or not in_hours(local.hour, self.quiet_from, self.quiet_until):
            return local
        morning = datetime.combine(local.date(), time(self.quiet_until), local.tzinfo)
        return morning if morning > local else morning + timedelta(days=1)


SHIPPED = Plan(
    ladders={
        "P0": (
            Rung("grid_worker", 5), Rung("grid_lead", 2.5), Rung("community_director", 2.5), Rung("street_office", 5),
        ),
        "P1": (
            Rung("grid_worker", 30), Rung("grid_lead", 15), Rung("community_director", 15), Rung("street_office", 60),
        ),
        "sos": (
            Rung("grid_worker", 0.5), Rung("grid_lead", 0.5), Rung("community_director", 2), Rung("street_office", 5),
        ),
    },
    rules=frozenset({"no_water", "bathroom_long", "heart_rate", "breath_rate"}),
)  # fmt: skip


@dataclass(frozen=True)
class At:
    """Where a climb stands: the ``round`` from 1, the ``rung`` from 0 (-1: nobody has been called yet)."""

    round: int
    rung: int


BEGINNING = At(1, -1)


def after(at: At, rungs: int) -> At | None:
    """The next place to call, or ``None`` after the last rung of every ``ROUNDS`` rounds."""
    if at.rung + 1 < rungs:
        return At(at.round, at.rung + 1)
    return At(at.round + 1, 0) if rungs and at.round % ROUNDS else None


def asking_after(rungs: Sequence[Rung], answered: int, role: str, grace: float) -> list[Rung]:
    """The order once the term of an arrival has passed: first whoever said that they go, called as ``role``, then the rest
    from the rung above the one that answered (-1: nobody's); the whole of it ``ROUNDS`` times like any other."""
    return [Rung(role, grace), *next_first(rungs, answered)]


def next_first(rungs: Sequence[Rung], answered: int) -> list[Rung]:
    """The order from the rung above the one that answered (-1: nobody's), once around."""
    return [*rungs[answered + 1 :], *rungs[: answered + 1]]


def in_hours(hour: int, start: int, end: int) -> bool:
    """Whether ``hour`` lies in ``start`` ≤ hour < ``end``, over midnight too; never where both are equal."""
    if start == end:
        return False
    return start <= hour < end if start < end else hour >= start or hour < end
