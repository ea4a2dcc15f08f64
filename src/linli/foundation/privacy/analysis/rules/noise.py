"""Noise that depends on the people in a cell and on a secret, never on how the question was put.

The same cell asked again, in other words or grouped otherwise, carries the same noise: asking often averages nothing away.
Between cells it is independent, discrete Laplace with scale cap/ε (Ghosh, Roughgarden, Sundararajan 2009), so that a
whole answer, whose cells share nobody but within a person's ``cap`` rows, costs ε of the study's budget (Dwork and Roth
2014, §3.5).
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable


def noise(secret: bytes, what: str, people: Iterable[str], *, epsilon: float, cap: int = 1) -> int:
    """A whole number; the same for the same secret, measure and people. Raises :class:`ValueError` for an ε ≤ 0."""
    _check(epsilon)
    members = hashlib.sha256("\0".join(sorted(people)).encode()).digest()
    drawn = int.from_bytes(hmac.new(secret, what.encode() + b"\0" + members, hashlib.sha256).digest()[:8], "big")
    return _laplace((drawn + 0.5) / (1 << 64), math.exp(-epsilon / cap))


def margin(epsilon: float, cap: int = 1) -> int:
    """Within ± this many lies the true count, 19 times in 20."""
    _check(epsilon)
    alpha = math.exp(-epsilon / cap)
    distance, left = 0, 2 * alpha / (1 + alpha)
    while left > 0.05:
        distance += 1
        left *= alpha
    return distance


def _laplace(uniform: float, alpha: float) -> int:
    """The inverse of the distribution function at a number between 0 and 1."""
    if uniform < alpha / (1 + alpha):
        return -math.floor(math.log(uniform * (1 + alpha)) / math.log(alpha))
    return max(0, math.ceil(math.log((1 - uniform) * (1 + alpha)) / math.log(alpha)) - 1)


def _check(epsilon: float) -> None:
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise ValueError("epsilon is a positive number")
