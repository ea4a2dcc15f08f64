"""How much an hour without a sign of life surprises, learned from a home's days by the hour. Pure.

A discrete-time hazard (Singer and Willett, 1993): each hour of the day has a chance of a sign, given how long there has
been none. After six still hours a seventh surprises less than the first did after one. Few cases lean on the chance of
the hour itself. Hours inside and hours after somebody went out are learned apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log

INSIDE, OUT = "in", "out"
STILL_FOR = (1, 3, 6, 12)
"""Hours that part the lengths of stillness for which chances are learned."""
LEAN = 4
"""Hours that the chance of a few cases is held back by."""
MOST_CERTAIN = 0.98

Chances = Mapping[str, list[list[float]]]
"""By :data:`INSIDE` and :data:`OUT`, by length of stillness, by hour: the surprise of a still hour."""


def surprises(days: Iterable[tuple[int, int]]) -> dict[str, list[list[float]]]:
    """``days``, oldest first, as bits of the hours with a sign and of those that began while somebody was out."""
    seen = {kind: [[[0, 0] for _ in range(24)] for _ in range(len(STILL_FOR) + 1)] for kind in (INSIDE, OUT)}
    still = 0
    for signs, out in days:
        for hour in range(24):
            case = seen[OUT if out >> hour & 1 else INSIDE][_length(still)][hour]
            case[0] += 1
            case[1] += signs >> hour & 1
            still = 0 if signs >> hour & 1 else still + 1
    return {kind: _learned(cases) for kind, cases in seen.items() if any(hour[0] for row in cases for hour in row)}


def surprise_of(chances: Chances, *, out: bool, still: int, hour: int) -> float:
    """Of one more still hour, ``hour`` on the clock, after ``still`` of them. 0 where such a stretch is new to the home."""
    learned = chances.get(OUT if out else INSIDE)
    return learned[_length(still)][hour] if learned else 0.0


def _length(still: int) -> int:
    return sum(still >= bound for bound in STILL_FOR)


def _learned(cases: list[list[list[int]]]) -> list[list[float]]:
    usual = [
        (sum(row[hour][1] for row in cases) + 0.5) / (sum(row[hour][0] for row in cases) + 1) for hour in range(24)
    ]
    return [
        [
            round(-log(1 - min(MOST_CERTAIN, (signs + LEAN * usual[hour]) / (times + LEAN))), 2)
            for hour, (times, signs) in enumerate(row)
        ]
        for row in cases
    ]
