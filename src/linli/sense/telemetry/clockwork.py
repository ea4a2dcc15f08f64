"""Whether a device's clock jumps, from how late each message arrives. Pure.

A healthy device's messages arrive with nearly the same lag. One that sends what it stored while it was cut off has a lag
that shrinks from message to message; one whose clock jumped keeps its new lag while time goes on. So a jump is told when a
new lag has held for a minute.
"""

from __future__ import annotations

from typing import NamedTuple

MINUTE = 60_000
TOLERANCE = 20 * MINUTE
HELD = MINUTE
SAME = MINUTE // 2


class Beat(NamedTuple):
    """``lag`` that holds, and one that may: ``other`` since ``since``. Milliseconds; ``None``: nothing known yet."""

    lag: int | None = None
    other: int = 0
    since: int | None = None


def beat(known: Beat, arrived: int, said: int, *, tolerance: int = TOLERANCE) -> tuple[Beat, int]:
    """The next state, and by how many milliseconds the clock jumped: forwards is positive, 0 is no jump.

    ``arrived`` and ``said``: when the message came and the time that it gives, UTC milliseconds.
    """
    lag = arrived - said
    if known.lag is None or abs(lag - known.lag) <= tolerance:
        return Beat(lag), 0
    if known.since is None or abs(lag - known.other) > SAME:
        return Beat(known.lag, lag, arrived), 0
    if arrived - known.since < HELD:
        return known, 0
    return Beat(lag), known.lag - lag
