"""Whether two devices use one secret, from how they come and go. Pure.

A device that lost its line comes again while the server still holds its old connection, on which nothing is said any more.
Two devices either both go on speaking, or, where they also share a client name, push each other out by turns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

WATCHED_SECONDS = 600.0
ASKED_EVERY_SECONDS = 5.0
TURNS, TURNS_WITHIN_SECONDS = 6, 60.0
MOST_WATCHED = 1_000
MOST_AT_ONCE = 5
"""Devices about which the server is asked at one look: when all come back after a power cut, the door must not wait."""
SPOKE_AFTER = timedelta(seconds=1)
"""How long after the newest connection began the older one must have spoken: its last words may have been on the way."""


def speaking_at_once(connections: Sequence[dict[str, Any]]) -> list[str]:
    """Where the connections come from, if an older one has spoken since the newest began; else nothing.

    ``connections`` as NATS monitoring gives them: ``start`` and ``last_activity`` in RFC 3339, ``ip``, ``mqtt_client``.
    """
    if len(connections) < 2:
        return []
    newest = max(connections, key=lambda one: moment(one["start"]))
    began = moment(newest["start"])
    also = [one for one in connections if one is not newest and moment(one["last_activity"]) > began + SPOKE_AFTER]
    if not also:
        return []
    return sorted({f"{one.get('mqtt_client') or one.get('cid')}@{one.get('ip', '')}" for one in [*also, newest]})


def moment(written: str) -> datetime:
    """RFC 3339 with up to nanoseconds, which Python does not read; cut to microseconds."""
    head, dot, tail = written.replace("Z", "+00:00").partition(".")
    if not dot:
        return datetime.fromisoformat(head)
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    return datetime.fromisoformat(f"{head}.{digits[:6].ljust(6, '0')}{tail[len(digits) :]}")


class Sharers:
    """Which devices have come more than once lately, and from where; seconds are those of one monotonic clock."""

    def __init__(self) -> None:
        self._came: dict[str, deque[tuple[float, str]]] = {}
        self._asked: dict[str, float] = {}

    def came(self, code: str, host: str, now: float) -> None:
        """The device was let in, from ``host``."""
        known = self._came.pop(code, None)
        arrivals = known if known is not None else deque(maxlen=TURNS)
        arrivals.append((now, host))
        self._asked.pop(code, None)
        self._came[code] = arrivals
        while len(self._came) > MOST_WATCHED:
            self._asked.pop(gone := next(iter(self._came)), None)
            del self._came[gone]

    def doubtful(self, now: float) -> list[str]:
        """The devices to ask the server about now."""
        due = []
        for code, arrivals in self._came.items():
            recent = len(arrivals) > 1 and now - arrivals[-1][0] < WATCHED_SECONDS
            if recent and now - self._asked.get(code, float("-inf")) >= ASKED_EVERY_SECONDS:
                self._asked[code] = now
                due.append(code)
                if len(due) == MOST_AT_ONCE:
                    break
        return due

    def settled(self, code: str) -> None:
        """Only one is connected: nothing to ask before somebody comes again."""
        self._asked[code] = float("inf")

    def taking_turns(self, code: str, now: float) -> list[str]:
        """The hosts that push each other out, if it came again and again within a minute, and from more than one."""
        recent = [host for at, host in self._came.get(code, ()) if now - at < TURNS_WITHIN_SECONDS]
        return sorted(set(recent)) if len(recent) >= TURNS and len(set(recent)) > 1 else []

    def told(self, code: str) -> None:
        """Begin anew: it is written down."""
        self._came.pop(code, None)
        self._asked.pop(code, None)
