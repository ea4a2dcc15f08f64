"""Reading the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

REFRESH_SECONDS = 0.25
UNTENDED_SECONDS = 20.0
"""A simulated clock stands still when nothing has tended it for so long (real time): whoever drove it is gone."""

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)
_line: tuple[datetime, datetime, float, datetime | None] | None = None
_line_read_at = float("-inf")


def real_now() -> datetime:
    """The machine's time, UTC: for security timers and freshness of processes, never for deadlines."""
    return datetime.now(UTC)


def now() -> datetime:
    """The neighbourhood's time, UTC."""
    held = _frozen.get()
    if held is not None:
        return held
    if not settings.LINLI_SIMULATED_CLOCK:
        return real_now()
    line = _shared_line()
    if line is None:
        return real_now()
    anchor_real, anchor_simulated, speed, not_beyond = line
    since = (real_now() - anchor_real).total_seconds()
    runs_to = anchor_simulated + timedelta(seconds=min(max(since, 0.0), UNTENDED_SECONDS) * speed)
    return runs_to if not_beyond is None else max(anchor_simulated, min(runs_to, not_beyond))


def today() -> date:
    """The calendar day in the neighbourhood (Asia/Shanghai)."""
    return timezone.localtime(now()).date()


def midnight(day: date) -> datetime:
    """The moment at which a day begins in the neighbourhood."""
    return datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Hold the clock still at ``moment`` (aware) for the calling thread."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware datetime")
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)


def forget_line() -> None:
    """Read the shared row afresh at the next call (after this process has moved it)."""
    global _line_read_at
    _line_read_at = float("-inf")


def _shared_line() -> tuple[datetime, datetime, float, datetime | None] | None:
    global _line, _line_read_at
    if time.monotonic() - _line_read_at > REFRESH_SECONDS:
        from linli.foundation.clock.models import ClockState

        _line = ClockState.objects.values_list("anchor_real", "anchor_simulated", "speed", "not_beyond").first()
        _line_read_at = time.monotonic()
    return _line
