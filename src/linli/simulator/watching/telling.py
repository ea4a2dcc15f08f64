"""What becomes of what rules say before a person sees it, as ``warnings/actions.py`` does it with rows. Pure.

A home that said it is away is not asked about; rules that see one trouble are one line while it lasts; what comes again
while its line stands is no new one. A worker is taken to end a line when its condition is over, two hours after it was
told at the earliest and a day after at the latest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from linli.simulator.watching.troubles import DAY, HOUR, Place

WORKED_ON_FOR, LONGEST_OPEN = 2 * HOUR, 24 * HOUR


@dataclass(frozen=True)
class Spoken:
    """A rule's warning, from ``at`` until its condition ended, if it did. ``level`` P0 to P3."""

    at: float
    rule: str
    place: str
    level: str
    ended: float | None


@dataclass
class Line:
    """What a person sees: the warnings that are one trouble. ``told`` are the moments at which somebody was told."""

    parts: list[Spoken]
    told: list[float]
    level: str = field(init=False)

    def __post_init__(self) -> None:
        self.level = self.parts[0].level

    @property
    def holds_until(self) -> float:
        return max(self.told[0] + LONGEST_OPEN if one.ended is None else one.ended for one in self.parts)

    @property
    def stands_until(self) -> float:
        return min(self.told[0] + LONGEST_OPEN, max(self.told[0] + WORKED_ON_FOR, self.holds_until))


def lines(
    spoken: Sequence[Spoken],
    places: Mapping[str, Place],
    *,
    same: Mapping[str, frozenset[str]],
    rest_while_away: frozenset[str],
) -> list[Line]:
    """The lines that come of all that was ``spoken``, in the order in which they were first told."""
    waiting = sorted(
        (kept for one in spoken if (kept := _after_away(one, places[one.place], rest_while_away)) is not None),
        key=lambda one: one.at,
    )
    found: list[Line] = []
    standing: dict[str, list[Line]] = {}
    for one in waiting:
        here = standing[one.place] = [line for line in standing.get(one.place, []) if one.at < line.stands_until]
        line = next((line for line in here if _joins(one, line, same)), None)
        if line is None:
            line = Line([one], [one.at])
            found.append(line)
            here.append(line)
            continue
        line.parts.append(one)
        if one.level < line.level:
            line.level = one.level
            line.told.append(one.at)
    return found


def _joins(one: Spoken, line: Line, same: Mapping[str, frozenset[str]]) -> bool:
    if any(part.rule == one.rule for part in line.parts):
        return True
    alike = same.get(one.rule, frozenset())
    return one.level != "P0" and one.at < line.holds_until and any(part.rule in alike for part in line.parts)


def _after_away(one: Spoken, place: Place, resting: frozenset[str]) -> Spoken | None:
    """It waits until the end of the day for which the home has said that it is back, and is over if its condition is."""
    if one.rule not in resting or one.level == "P0":
        return one
    away = next((away for away in place.of("away") if away.announced and away.now(one.at)), None)
    if away is None:
        return one
    back = ceil(away.until / DAY) * DAY
    if one.ended is None or one.ended <= back:
        return None
    return Spoken(back, one.rule, one.place, one.level, one.ended)
