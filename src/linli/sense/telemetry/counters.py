"""How much a counter counted, across replaced meters. Pure.

A meter that was replaced begins again at its own first number: what the old one counted after its last reading, and the new
one before its first, is known only where somebody wrote both dials down. Nothing else is guessed: use is never negative,
and a new meter that begins at 4,000 has not used 4,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

Point = tuple[datetime, float]


@dataclass(frozen=True)
class Swap:
    """A meter was replaced ``at``; ``final`` and ``initial`` are what the dials showed, ``None`` where nobody wrote it down."""

    at: datetime
    final: float | None = None
    initial: float | None = None


def used(points: Sequence[Point], swaps: Sequence[Swap] = ()) -> float:
    """What was counted between the first and the last of ``points`` (oldest first), in the counter's unit."""
    total = 0.0
    pending = sorted(swaps, key=lambda swap: swap.at)
    for (before_at, before), (at, value) in pairwise(points):
        between = [swap for swap in pending if before_at < swap.at <= at]
        if not between:
            total += max(0.0, value - before)
            continue
        reached = before
        for swap in between:
            if swap.final is not None:
                total += max(0.0, swap.final - reached)
            reached = swap.initial if swap.initial is not None else value
        total += max(0.0, value - reached)
    return total
