"""How much one device may say, and what of a flood still counts. Pure.

A leaky bucket over the times at which the message server took the messages, so that a backlog that waited to be stored is no
flood. It holds what a device of its kind may have kept for as long as late readings are believed, twice over (one that speaks
when something happens, such as a door, says far more than its cadence: hence the least), and runs out at two messages a
second: many times what any declared cadence asks for, and little enough that thousands of devices at that rate are no
burden. A long message fills it as several.

Of what runs over, a reading still counts that says something else than the one before: a switch turns, a level enters
another sixty-fourth of its range. Each such change passes once in five seconds at most, so that a flood that turns a switch to
and fro is no burden either and the press of a button in the midst of it is heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from linli.sense.telemetry.decoding import Point
from linli.sense.telemetry.device_types import ZONE_MARK, DeviceType, Metric

PER_SECOND = 2.0
BURST_AT_LEAST = 20_000
"""Something each two minutes for thirty days."""
STRANGERS_BURST = 1_000
KEPT_SECONDS = 30 * 86_400.0
"""How long a device may have been without a line: what is older is not believed."""
SPOKEN_A_CADENCE = 2
REPLAYED_PER_SECOND, REPLAYED_BURST = 1_000.0, 1_000_000
"""What replays old series is meant to say very much at once."""
BYTES_SHIFT = 8
"""256 bytes of a message weigh as much as one message more."""
BANDS = 64
CHANGE_EVERY_MS = 5_000
CALM_MS = 5 * 60_000
"""So long nothing ran over: the flood has passed."""


class Flow:
    """One device's bucket; times are UTC milliseconds at the message server.

    ``over_at``: when something last ran over, ``None`` while nothing has. ``dropped``: readings of this flood not kept.
    """

    __slots__ = ("_at", "_bands", "_level", "_most", "_passed", "_per_ms", "dropped", "over_at")

    def __init__(self, most: float, per_second: float) -> None:
        self._most, self._per_ms = most, per_second / 1000
        self._level, self._at = 0.0, 0
        self._bands: dict[str, int] = {}
        self._passed: dict[tuple[str, int], int] = {}
        self.over_at: int | None = None
        self.dropped = 0

    @classmethod
    def of(cls, device_type: DeviceType) -> Flow:
        if device_type.any_past:
            return cls(REPLAYED_BURST, REPLAYED_PER_SECOND)
        kept = SPOKEN_A_CADENCE * KEPT_SECONDS / device_type.cadence.total_seconds()
        return cls(max(BURST_AT_LEAST, kept), PER_SECOND)

    @classmethod
    def of_strangers(cls) -> Flow:
        """For all of a community's messages that name no device of its own."""
        return cls(STRANGERS_BURST, PER_SECOND)

    def takes(self, arrived: int, size: int) -> bool:
        """Whether a message of ``size`` bytes that came at ``arrived`` is within the limit."""
        passed = arrived - self._at
        if passed:
            # A server's clock that was set back starts the count of time anew, from an earlier moment.
            self._level = max(0.0, self._level - max(0, passed) * self._per_ms)
            self._at = arrived
        if self._level >= self._most:
            return False
        self._level += 1 + (size >> BYTES_SHIFT)
        return True

    def go_on(self, over_at: int, dropped: int) -> None:
        """It was flooding before it was forgotten: the bucket is full."""
        self._level, self._at = self._most, over_at
        self.over_at, self.dropped = over_at, dropped

    def changes(self, points: Sequence[Point], metrics: Mapping[str, Metric], arrived: int) -> list[Point]:
        """The readings of a message that ran over that still count."""
        self._forget_if_calm(arrived)
        self.over_at = arrived
        kept = []
        for point in points:
            key, _, value = point
            band = band_of(value, metrics[key.partition(ZONE_MARK)[0]])
            if self._bands.get(key) == band:
                continue
            last = self._passed.get((key, band))
            if last is not None and 0 <= arrived - last < CHANGE_EVERY_MS:
                continue
            self._bands[key], self._passed[key, band] = band, arrived
            kept.append(point)
        return kept

    def heard(self, points: Sequence[Point], metrics: Mapping[str, Metric], arrived: int) -> None:
        """Readings that were within the limit, while there is a flood: what comes after them is held against them."""
        self._forget_if_calm(arrived)
        if self.over_at is None:
            return
        for key, _, value in points:
            self._bands[key] = band_of(value, metrics[key.partition(ZONE_MARK)[0]])

    def _forget_if_calm(self, arrived: int) -> None:
        if self.over_at is None or arrived - self.over_at <= CALM_MS:
            return
        self.over_at, self.dropped = None, 0
        self._bands.clear()
        self._passed.clear()


def band_of(value: float, metric: Metric) -> int:
    """On or off of a switch; the sixty-fourth of its range of a level; 0 of what has no bounds."""
    if metric.is_switch:
        return int(value >= 0.5)
    span = metric.high - metric.low
    return min(int((value - metric.low) / span * BANDS), BANDS - 1) if isfinite(span) else 0
