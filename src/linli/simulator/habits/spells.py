"""What is out of the ordinary, where and for how long: the only thing that devices and incidents share.

Times are milliseconds since 1970, UTC.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass
class Spell:
    """``kind`` is what instruments ask for: still (nobody draws water or moves), burst, trapped, smoke, offline and so on.

    ``until`` None: not over.
    """

    kind: str
    place: str
    since: int
    until: int | None = None

    def covers(self, at: int) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Spells:
    """Spells by place, where a place is a home or a device code."""

    def __init__(self) -> None:
        self._at: dict[str, list[Spell]] = defaultdict(list)

    def begin(self, kind: str, place: str, since: int, until: int | None = None) -> Spell:
        spell = Spell(kind, place, since, until)
        self._at[place].append(spell)
        return spell

    def current(self, place: str, kind: str, at: int) -> Spell | None:
        if place not in self._at:
            return None
        return next((s for s in self._at[place] if s.kind == kind and s.covers(at)), None)

    def of(self, place: str) -> list[Spell]:
        return self._at.get(place, [])

    def places(self, kind: str, at: int) -> list[str]:
        """Where such a spell goes on at that moment."""
        return [place for place, spells in self._at.items() if any(s.kind == kind and s.covers(at) for s in spells)]

    def next_change(self, place: str, after: int) -> int | None:
        """The next begin or end of a spell later than ``after``."""
        times = [t for s in self.of(place) for t in (s.since, s.until) if t is not None and t > after]
        return min(times, default=None)

    def forget_before(self, at: int) -> None:
        """Drop spells that ended before ``at``: nobody will ask about them."""
        for place in list(self._at):
            kept = [s for s in self._at[place] if s.until is None or s.until >= at]
            if kept:
                self._at[place] = kept
            else:
                del self._at[place]
