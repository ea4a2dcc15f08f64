"""When two matters are near enough to be one (``domain.md`` §2.5): at most 50 metres, and 72 hours (P0, P1) or 14 days apart.

How alike their words must be is measured by whoever compares; :data:`ALIKE` is the least of it.
"""

from __future__ import annotations

from datetime import timedelta
from math import hypot
from typing import Protocol

NEAR_METRES = 50.0
ALIKE = 0.6
URGENT = frozenset({"P0", "P1"})
URGENT_GAP = timedelta(hours=72)
ORDINARY_GAP = timedelta(days=14)


class Levelled(Protocol):
    @property
    def level(self) -> str: ...


class Pinned(Protocol):
    """``x``, ``y`` in metres of the community's frame, both or neither."""

    @property
    def x(self) -> float | None: ...

    @property
    def y(self) -> float | None: ...


def allowed_gap(one: Levelled, other: Levelled) -> timedelta:
    """72 hours when either is urgent, otherwise 14 days."""
    return URGENT_GAP if {one.level, other.level} & URGENT else ORDINARY_GAP


def metres_between(one: Pinned, other: Pinned) -> float | None:
    """As the crow flies; ``None`` when either has no pin."""
    if one.x is None or one.y is None or other.x is None or other.y is None:
        return None
    return hypot(one.x - other.x, one.y - other.y)
