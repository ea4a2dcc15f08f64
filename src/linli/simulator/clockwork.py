"""The neighbourhood's clock as the simulator sees it: followed in a demo, moved in a measurement. Times in ms."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from linli.simulator.doors.api import Api

FOLLOW_SECONDS = 1.0


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


def ms(moment: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 text."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


class PlatformClock:
    """Reads the clock at most once a second and goes on by its pace in between."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._read_at = float("-inf")
        self._now, self.speed = 0, 0.0
        self._not_beyond: int | None = None

    def now(self) -> int:
        if time.monotonic() - self._read_at > FOLLOW_SECONDS:
            self.refresh()
        runs_to = self._now + round((time.monotonic() - self._read_at) * 1000 * self.speed)
        return runs_to if self._not_beyond is None else max(self._now, min(runs_to, self._not_beyond))

    def refresh(self) -> None:
        self._take(self._api.call("GET", "/demo/clock"))

    def jump(self, at: int, *, speed: float = 0.0, catching_up: bool = False) -> None:
        """Put the clock at ``at``, never backwards; ``catching_up`` lets pages say that a past stretch is lived."""
        body = {"at": iso(at), "speed": speed, "catching_up": catching_up}
        self._take(self._api.call("POST", "/demo/clock", json=body))

    def run_at(self, speed: float) -> None:
        self._take(self._api.call("POST", "/demo/clock", json={"speed": speed}))

    def tend(self, *, not_beyond: int | None = None) -> None:
        """Keep it going up to ``not_beyond``; it stands still by itself some seconds after the simulator is gone."""
        body = {} if not_beyond is None else {"not_beyond": iso(not_beyond)}
        self._take(self._api.call("POST", "/demo/clock", json=body))

    def _take(self, reading: dict) -> None:
        self._now, self.speed, self._read_at = ms(reading["now"]), float(reading["speed"]), time.monotonic()
        self._not_beyond = ms(reading["not_beyond"]) if reading["not_beyond"] else None
