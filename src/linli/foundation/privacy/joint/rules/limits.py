"""What keeps a curious partner from asking the same thing until it knows: few runs, a budget, and no small change."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

RUNS_A_QUARTER = 2
QUARTER = timedelta(days=90)
EPSILON_A_YEAR = 2.0
YEAR = timedelta(days=365)
LEAST_CHANGE = 10
"""People by which a list must differ from each earlier one, unless it is the same."""


class TooOften(ValueError):
    """A limit is reached: ``code`` is ``runs_a_quarter``, ``epsilon_a_year`` or ``small_change``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Spent:
    """An earlier run with the same partner that cost something: from the moment our answers left."""

    at: datetime
    epsilon: float


def check_often(earlier: Iterable[Spent], epsilon: float, now: datetime) -> None:
    """Raises :class:`TooOften` when another run at ``epsilon`` would be one too many."""
    spent = [one for one in earlier if now - one.at < YEAR]
    if sum(now - one.at < QUARTER for one in spent) >= RUNS_A_QUARTER:
        raise TooOften("runs_a_quarter")
    if not epsilon > 0 or sum(one.epsilon for one in spent) + epsilon > EPSILON_A_YEAR + 1e-9:
        raise TooOften("epsilon_a_year")


def check_change(members: Set, earlier: Iterable[Set]) -> None:
    """Raises :class:`TooOften` when the list differs from an earlier one by a few people only: the difference of the
    two answers would speak of those few."""
    for list_before in earlier:
        if 0 < len(members ^ list_before) < LEAST_CHANGE:
            raise TooOften("small_change")
