"""How many invented people each side mixes in, so that neither computer ever holds the true number.

The count ``k`` follows a discrete Laplace law (Ghosh, Roughgarden, Sundararajan 2009) cut to ``0 … 2·centre``: adding
or leaving out one person changes the chance of any number by at most ``e^ε``, up to ``δ`` at the cut ends (Dwork and
Roth 2014, definition 2.4). It is drawn by integers from the operating system's randomness, so no floating-point trace
(Mironov 2012) tells anything.
"""

from __future__ import annotations

import math
import secrets
from functools import lru_cache
from itertools import accumulate

DELTA = 1e-9
"""Far below one in the number of people on any list."""
PRECISION = 1 << 64


def centre_for(epsilon: float, delta: float = DELTA) -> int:
    """Half the pool: the smallest centre at which the cut costs at most ``delta``; raises :class:`ValueError`."""
    _check(epsilon)
    alpha = math.exp(-epsilon)
    return max(1, math.ceil((math.log((1 - alpha) / (1 + alpha)) - math.log(delta)) / epsilon))


def draw(epsilon: float) -> int:
    """``k`` between 0 and twice the centre."""
    weights = _cumulative(epsilon)
    hit = secrets.randbelow(weights[-1])
    return next(k for k, reached in enumerate(weights) if hit < reached)


def chances(epsilon: float) -> list[float]:
    """The law itself, for whoever wants to check it."""
    weights = _cumulative(epsilon)
    return [(reached - before) / weights[-1] for before, reached in zip((0, *weights), weights, strict=False)]


@lru_cache
def error95(epsilon: float) -> int:
    """Within this many people the published count lies of the true one, 19 times in 20: the noise of both sides."""
    one = chances(epsilon)
    centre = centre_for(epsilon)
    both: dict[int, float] = {}
    for k, p in enumerate(one):
        for j, q in enumerate(one):
            both[abs(k + j - 2 * centre)] = both.get(abs(k + j - 2 * centre), 0.0) + p * q
    reached = 0.0
    for distance in sorted(both):
        reached += both[distance]
        if reached >= 0.95:
            return distance
    return max(both)


@lru_cache
def _cumulative(epsilon: float) -> tuple[int, ...]:
    centre = centre_for(epsilon)
    weights = [round(PRECISION * math.exp(-epsilon * abs(k - centre))) or 1 for k in range(2 * centre + 1)]
    return tuple(accumulate(weights))


def _check(epsilon: float) -> None:
    if not math.isfinite(epsilon) or not 0.05 <= epsilon <= 2:
        raise ValueError("epsilon lies between 0.05 and 2")
