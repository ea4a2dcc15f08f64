"""Consistent noise for numbers that are drawn again and again: the same people always get the same noise. Pure.

The cell-key method of the Australian Bureau of Statistics and of the European census (Fraser and Wooton 2005; Giessing
2016): every record has a secret key, a cell's key is the sum of those of its records, and a table of transition
probabilities turns the cell's count and key into noise. Looking again, or asking the same in other words, shows the
same number, so that noise cannot be averaged away. Totals carry noise of their own: parts need not add up to them.

The transition probabilities are those of greatest entropy with mean 0 and a fixed variance on what is allowed: zero
stays zero, nothing moves by more than ``FARTHEST``, and 1 to ``HIDDEN`` are never shown.
"""

from __future__ import annotations

import hmac
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from math import exp

FARTHEST = 5
HIDDEN = 4
"""The largest count that is never shown (``domain.md`` §8: small cells n < 5 hidden on shared screens)."""
VARIANCE = 3.0
CONFIDENCE = 0.95
_ALL = 1 << 64
_STEPS = 1 << 32


def shown(count: int, key: int) -> int:
    """What is shown instead of ``count`` for a uniform 32-bit ``key``: 0, or 5 and more."""
    if count < 0:
        raise ValueError("no such count")
    moves, edges = _row(min(count, FARTHEST + HIDDEN + 1))
    return count + moves[bisect_right(edges, key % _STEPS)]


def cell_key(records: Iterable[object], secret: bytes) -> tuple[int, int]:
    """(count, uniform 32-bit key) of a cell; the order of its records does not matter."""
    count, total = 0, 0
    for record in records:
        count += 1
        total += int.from_bytes(blake2b(str(record).encode(), key=secret, digest_size=8).digest(), "big")
    mixed = hmac.digest(secret, (total % _ALL).to_bytes(8, "big"), "sha256")
    return count, int.from_bytes(mixed[:4], "big")


@cache
def margin(value: int) -> int:
    """± of 95 % around a number that is shown: the widest of all counts that may be shown so."""
    counts = {min(count, FARTHEST + HIDDEN + 1) for count in range(max(0, value - FARTHEST), value + FARTHEST + 1)}
    return max(_margin(*distribution(count)) for count in counts)


@cache
def distribution(count: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """(moves, their probabilities) for a count."""
    if count == 0:
        return (0,), (1.0,)
    moves = tuple(move for move in range(-FARTHEST, FARTHEST + 1) if count + move == 0 or count + move > HIDDEN)
    down, up = max((m for m in moves if m <= 0), default=0), min(m for m in moves if m >= 0)
    if down < 0 < up and -down * up >= VARIANCE:
        share = up / (up - down)
        return (down, up), (share, 1 - share)
    return moves, _greatest_entropy(moves, VARIANCE)


@cache
def _row(count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    moves, shares = distribution(count)
    return moves, tuple(round(edge * _STEPS) for edge in list(accumulate(shares))[:-1])


def _greatest_entropy(moves: tuple[int, ...], variance: float) -> tuple[float, ...]:
    """Shares p(v) ∝ e^(a·v + b·v²) with mean 0 and the variance: Newton's method on the convex dual."""
    a = b = 0.0
    for _ in range(200):
        shares = _exponential(moves, a, b)
        moments = [sum(p * v**power for p, v in zip(shares, moves, strict=True)) for power in range(1, 5)]
        first, second = moments[0], moments[1] - variance
        if abs(first) + abs(second) < 1e-12:
            break
        aa, ab, bb = moments[1] - moments[0] ** 2, moments[2] - moments[0] * moments[1], moments[3] - moments[1] ** 2
        det = aa * bb - ab * ab
        step_a, step_b = (bb * first - ab * second) / det, (aa * second - ab * first) / det
        length = min(1.0, 0.5 / max(abs(step_a), abs(step_b), 1e-12))
        a, b = a - length * step_a, b - length * step_b
    return shares


def _exponential(moves: tuple[int, ...], a: float, b: float) -> tuple[float, ...]:
    powers = [a * v + b * v * v for v in moves]
    top = max(powers)
    weights = [exp(power - top) for power in powers]
    return tuple(weight / sum(weights) for weight in weights)


def _margin(moves: tuple[int, ...], shares: tuple[float, ...]) -> int:
    return next(
        t
        for t in range(FARTHEST + 1)
        if sum(p for p, v in zip(shares, moves, strict=True) if abs(v) <= t) >= CONFIDENCE
    )
