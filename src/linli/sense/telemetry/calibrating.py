"""Calibration: from what a device shows beside what a reference shows to a straight line. Pure.

One pair shifts the readings, two also stretch them (two-point calibration, ISO/IEC Guide 99 (VIM) 2.39: a relation between
indications and the values of measurement standards).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_SCALE, MOST_SCALE = 0.2, 5.0
"""A device that is further off than this is broken; no line mends it."""


class NoLine(ValueError):
    """The pairs make no sensible line; ``args[0]`` is ``count``, ``number``, ``same`` or ``scale``."""


@dataclass(frozen=True)
class Line:
    """``true = shown × scale + offset``, in the metric's unit."""

    scale: float = 1.0
    offset: float = 0.0

    def __call__(self, shown: float) -> float:
        return shown * self.scale + self.offset


def fitted(pairs: Sequence[tuple[float, float]]) -> Line:
    """The line through one or two pairs of (shown by the device, true); raises :class:`NoLine`."""
    if len(pairs) not in (1, 2):
        raise NoLine("count")
    if not all(math.isfinite(number) for pair in pairs for number in pair):
        raise NoLine("number")
    (shown, true), *more = pairs
    if not more:
        return Line(1.0, true - shown)
    ((other_shown, other_true),) = more
    if other_shown == shown:
        raise NoLine("same")
    scale = (other_true - true) / (other_shown - shown)
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise NoLine("scale")
    return Line(scale, true - scale * shown)
