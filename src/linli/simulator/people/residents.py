"""How residents take an answer: whether they say anything, and what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from linli.simulator.habits.days import HOUR
from linli.simulator.people.words import staff_words

ANSWERS = 0.72


@dataclass(frozen=True)
class Opinion:
    at: int
    solved: bool
    satisfaction: int
    reason: str


def opinion(rng: Random, *, told_at: int, mended: bool, hours_waited: float, expected_hours: float) -> Opinion | None:
    """What a resident says after hearing the result, or nothing at all (more than a quarter never answer)."""
    if rng.random() > ANSWERS:
        return None
    at = told_at + round(2.5 * math.exp(rng.gauss(0, 1.0)) * HOUR)
    solved = mended if rng.random() < 0.95 else not mended
    late = hours_waited > 1.5 * expected_hours
    if solved:
        satisfaction = rng.choices((5, 4, 3, 2), weights=(40, 35, 20, 5) if late else (68, 25, 6, 1))[0]
    else:
        satisfaction = rng.choices((1, 2, 3), weights=(45, 40, 15))[0]
    reason = staff_words("happy" if satisfaction >= 4 else "unhappy", rng) if rng.random() < 0.6 else ""
    if not solved and not reason:
        reason = staff_words("unhappy", rng)
    return Opinion(at, solved, satisfaction, reason)
