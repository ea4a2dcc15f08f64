"""How far the devices have been heard: the clock of a demo must not run away from what they said."""

from __future__ import annotations

from linli.simulator.incidents.planting import MINUTE

LEAD = 20 * MINUTE
"""Simulated time by which the clock may be ahead of what is spoken and stored."""


class Progress:
    """``heard`` (ms): everything that the devices said up to it is stored. One stretch is followed at a time."""

    def __init__(self, start: int) -> None:
        self.heard = self._spoken = start
        self._following: tuple[int, int] | None = None

    @property
    def not_beyond(self) -> int:
        """Where the clock must wait (ms)."""
        return self.heard + LEAD

    def spoke(self, now: int) -> None:
        """The devices have said what they had to say up to ``now``."""
        self._spoken = max(self._spoken, now)

    def see(self, *, unsent: int, stream_last: int | None, stored: int) -> None:
        """``unsent`` messages were not yet taken by the message server just before the other two were read."""
        if self._following is None and not unsent and stream_last is not None:
            self._following = self._spoken, stream_last
        if self._following is not None and stored >= self._following[1]:
            self.heard, self._following = self._following[0], None
