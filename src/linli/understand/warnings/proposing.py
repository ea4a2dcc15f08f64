"""Which number of a rule would have raised the true warnings and the fewest false ones. Pure.

Every past warning with a finding is an outcome: for each candidate value whether the detector, shown the same readings
again, would have spoken, and how much later. A value is proposed only if it keeps every true warning, drops enough of
the false ones to matter and rests on enough of both. Warnings that never came teach nothing here: a proposal says what
would have been spared, not what would have been missed besides (selection on the outcome, as in any alarm tuning by
operators' labels; EEMUA 191, 3rd ed., §6 asks for a person's decision for this reason).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

FEWEST_FINDINGS = 10
FEWEST_TRUE = 3
FEWEST_DROPPED = 2
DROPPED_SHARE = 0.2
"""A change that spares less than this share of the false ones is not worth a person's thought."""
CANDIDATES = 13


@dataclass(frozen=True)
class Outcome:
    """``true``: the finding. ``minutes``: by candidate value, how much later than it did it would have spoken (negative:
    earlier), ``None`` where it would have been silent."""

    true: bool
    minutes: Mapping[float, float | None]


@dataclass(frozen=True)
class Better:
    """``true`` and ``false`` warnings could be played again; of the latter ``dropped`` would not have come."""

    value: float
    true: int
    false: int
    dropped: int
    later_minutes: float


def candidates(least: float, most: float, now: float, *, whole: bool, at_most: int = CANDIDATES) -> list[float]:
    """Values to try from ``least`` to ``most``, evenly spaced, with ``now`` among them; ascending, no two alike."""
    step = (most - least) / max(1, at_most - 1)
    spaced = [least + n * step for n in range(at_most)]
    rounded = [float(round(one)) if whole else float(f"{one:.3g}") for one in spaced]
    inside = {one for one in rounded if least <= one <= most}
    return sorted(inside | {float(now)})


def better(outcomes: Sequence[Outcome], values: Sequence[float], now: float) -> Better | None:
    """The value that drops most of the false warnings and none of the true; ``None`` where nothing is worth proposing.

    Only what the present value ``now`` raises again counts: where the readings are gone, nothing can be said. Of equals
    the one that is told soonest wins, then the one nearest to ``now``.
    """
    again = [one for one in outcomes if one.minutes.get(now) is not None]
    true, false = [one for one in again if one.true], [one for one in again if not one.true]
    if len(again) < FEWEST_FINDINGS or len(true) < FEWEST_TRUE:
        return None
    found = [
        Better(value, len(true), len(false), dropped, later)
        for value in values
        if value != now
        and (dropped := sum(one.minutes.get(value) is None for one in false)) >= _enough(len(false))
        and (later := _later(true, value, now)) is not None
    ]
    return min(found, key=lambda one: (-one.dropped, one.later_minutes, abs(one.value - now)), default=None)


def _enough(false: int) -> int:
    return max(FEWEST_DROPPED, ceil(DROPPED_SHARE * false))


def _later(true: Sequence[Outcome], value: float, now: float) -> float | None:
    """Median minutes by which the true ones come later than at ``now``; ``None`` if one of them does not come at all."""
    lost = [(one.minutes.get(value), one.minutes[now]) for one in true]
    if any(then is None for then, _now in lost):
        return None
    return max(0.0, median((then or 0.0) - (at or 0.0) for then, at in lost))
