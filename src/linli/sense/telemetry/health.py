"""Whether a device can be believed: silent, late, stuck, drifting, weak. Pure.

``domain.md`` §5.5: a device whose battery is under 15 % or that is offline for more than 6 hours is its own matter of repair;
what it says, or does not say, is then no sign of what people do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

SILENT_AFTER_CADENCES = 3
LATE_AT_LEAST = timedelta(minutes=15)

STUCK_AFTER = timedelta(hours=24)
STUCK_READINGS = 12

RECENT_DAYS = 3
PAST_DAYS = 7
"""Days of the past without which nothing can be said of a drift."""
LEAST_PEERS = 3
SIGMAS = 6.0
SIGMA_OF_MAD = 1.4826
"""A normal distribution's standard deviation in terms of its median absolute deviation."""
LEAST_SHARE = 0.005
"""Of a metric's range: what is less is no drift, however quiet the neighbours are."""

Point = tuple[datetime, float]
Days = Mapping[date, float]


@dataclass(frozen=True)
class Stuck:
    """Exactly ``value`` since ``since``."""

    value: float
    since: datetime


@dataclass(frozen=True)
class Drift:
    """``by`` how much, in the metric's unit, beyond what is usual for the device."""

    by: float
    peers: int


def is_late(seen: datetime | None, newest: datetime | None, cadence: timedelta) -> bool:
    """What came last had been measured long before it came: later than the next reading was due."""
    return seen is not None and newest is not None and seen - newest > max(cadence, LATE_AT_LEAST)


def stuck(points: Sequence[Point]) -> Stuck | None:
    """The run of one same value at the end of ``points`` (oldest first), if it has lasted a day and a dozen readings."""
    if not points:
        return None
    last_at, value = points[-1]
    run = 0
    since = last_at
    for at, said in reversed(points):
        if said != value:
            break
        run, since = run + 1, at
    return Stuck(value, since) if run >= STUCK_READINGS and last_at - since >= STUCK_AFTER else None


def drift(own: Days, peers: Sequence[Days], *, span: float) -> Drift | None:
    """Whether the last three days lie elsewhere than the device's past, beside what its peers did on the same days.

    ``own`` and ``peers``: the mean of each day. With three peers or more, what is looked at is the distance to their median, so
    that weather, which meets all of them, is no drift; with fewer, the device's own means. ``span`` is the width of the
    metric's range. ``None`` also where too few days are known.
    """
    distances: dict[date, float] = {}
    beside = len(peers) if len(peers) >= LEAST_PEERS else 0
    for day, mean in own.items():
        others = [peer[day] for peer in peers if day in peer]
        if beside and len(others) >= LEAST_PEERS:
            distances[day] = mean - median(others)
        elif not beside:
            distances[day] = mean
    days = sorted(distances)
    if len(days) < RECENT_DAYS + PAST_DAYS:
        return None
    recent = [distances[day] for day in days[-RECENT_DAYS:]]
    past = [distances[day] for day in days[:-RECENT_DAYS]]
    usual = median(past)
    spread = SIGMA_OF_MAD * median(abs(one - usual) for one in past)
    limit = max(SIGMAS * spread, LEAST_SHARE * span)
    beyond = [one - usual for one in recent]
    if not (all(one > limit for one in beyond) or all(one < -limit for one in beyond)):
        return None
    return Drift(median(beyond), beside)
