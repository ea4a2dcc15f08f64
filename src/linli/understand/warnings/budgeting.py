"""At most so many warnings a day for one person: which are told now, and which wait folded. Pure.

Told is what is worth most among what may still come today: each arrival is compared with how much budget is left for the
rest of the day and with the scores of earlier days. Early in the day only the best part of a usual day passes; what
is left at its end passes freely. The budget is never exceeded, and where more comes than it allows it is used up on
nearly all days (an online selection with a threshold from an alarm budget; compare Siffer et al., SPOT, KDD 2017).
What does not pass is ranked and folded, never dropped. P0 passes always and costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEVEL_WORTH = {"P1": 3.0, "P2": 2.0, "P3": 1.0, "P4": 0.5}
UNPROVEN = 0.5
"""Precision of a rule of which too few findings are known."""
DAYS_LOOKED_BACK = 28


@dataclass(frozen=True)
class Arrival:
    """``share`` of the day that has passed when it comes, 0–1. ``urgent``: P0."""

    key: int
    share: float
    score: float
    urgent: bool = False


def worth(level: str, precision: float | None, triggers: int) -> float:
    """How much a warning deserves attention: its level, how often its rule is right (the low end of its interval), and a
    little for coming again."""
    believed = UNPROVEN if precision is None else precision
    return LEVEL_WORTH.get(level, 1.0) * (0.25 + believed) * (1 + 0.1 * min(triggers - 1, 5))


def told(arrivals: Sequence[Arrival], past: Sequence[Sequence[float]], budget: int) -> frozenset[int]:
    """Keys of the day's ``arrivals``, in the order in which they came, that are told; ``past`` are the scores of earlier
    days. Without earlier days the first come are told."""
    scores = sorted(score for day in past for score in day)
    a_day = len(scores) / len(past) if past else 0.0
    left, keys = budget, set()
    for one in arrivals:
        if one.urgent:
            keys.add(one.key)
        elif left > 0 and one.score >= _threshold(scores, left, a_day * (1 - one.share)):
            keys.add(one.key)
            left -= 1
    return frozenset(keys)


def _threshold(scores: Sequence[float], left: int, expected: float) -> float:
    """The score that as many of the ``expected`` rest of the day reach as there is budget left."""
    if expected <= left or not scores:
        return float("-inf")
    at = round((1 - left / expected) * len(scores))
    return scores[min(at, len(scores) - 1)]


def ranked(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """What is worth most first; of equals the older one."""
    return sorted(arrivals, key=lambda one: (not one.urgent, -one.score, one.share, one.key))
