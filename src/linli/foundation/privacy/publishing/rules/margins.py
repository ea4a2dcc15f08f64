"""How far a published number may lie from the true one: the ± of 95 % that stands beside it. Pure.

Differentially private counts carry discrete Laplace noise (Ghosh, Roughgarden and Sundararajan 2012):
P(X = x) = (1 − q) / (1 + q) · q^|x| with q = e^(−1/scale).
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, exp, log

CONFIDENCE = 0.95
_FINE = 40.0
"""Above this scale the margin grows in proportion, and is taken from this one."""
_TAIL = 1e-9


@lru_cache(maxsize=256)
def laplace_margin(scale: float, cells: int = 1, confidence: float = CONFIDENCE) -> int:
    """The smallest t such that the sum of ``cells`` independent noises lies within ± t with the given probability.

    Raises :class:`ValueError` for a scale or a number of cells that is not positive and finite.
    """
    if not 0 < scale < 1e9 or cells < 1:
        raise ValueError(f"no margin for scale {scale} and {cells} cells")
    if scale > _FINE:
        return ceil(laplace_margin(_FINE, cells, confidence) * scale / _FINE)
    weights = _sum_of(cells, scale)
    middle = len(weights) // 2
    reached, t = weights[middle], 0
    while reached < confidence:
        t += 1
        reached += weights[middle - t] + weights[middle + t]
    return t


def rate_margin(part: int, n: int, part_margin: int, rest_margin: int) -> int:
    """How far a rate may lie off, in thousandths: the farthest rate that both counts' margins allow.

    ``part_margin`` and ``rest_margin`` are of the part and of the rest, at 97.5 % each, so that both hold with 95 %
    (Bonferroni). 1000 when the rest of the base may be nothing.
    """
    rest = n - part
    if part < 0 or rest < 0 or n <= part_margin + rest_margin:
        return 1000
    middle = part / n
    high = (part + part_margin) / (part + part_margin + max(0, rest - rest_margin))
    low = max(0, part - part_margin) / (max(0, part - part_margin) + rest + rest_margin)
    return ceil(1000 * max(high - middle, middle - low))


def _sum_of(cells: int, scale: float) -> list[float]:
    """Probabilities of −w … w for the sum of ``cells`` noises, cut where the tails hold less than a billionth."""
    q = exp(-1 / scale)
    width = ceil(-log(_TAIL) * scale) + 1
    one = [(1 - q) / (1 + q) * q ** abs(x) for x in range(-width, width + 1)]
    total = one
    for _ in range(cells - 1):
        total = _convolved(total, one)
    return total


def _convolved(a: list[float], b: list[float]) -> list[float]:
    found = [0.0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x > 1e-15:
            for j, y in enumerate(b):
                found[i + j] += x * y
    return found
