"""When a rule looks: hours of the day and kinds of day, on the neighbourhood's clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from linli.foundation.lifecycle.official_calendar import OFFICIAL

LOCAL = ZoneInfo("Asia/Shanghai")
DAYS = ("all", "workdays", "days_off")
_FAR = 40
"""Days to look ahead; no holiday and no run of workdays is as long."""


@dataclass(frozen=True)
class Schedule:
    """From ``start`` o'clock to ``end`` o'clock (0–24, local) on days of a kind; 22 to 6 goes over midnight.

    A night belongs to the day on which it begins. ``days`` is all, workdays or days_off, holidays and make-up
    workdays as the State Council announces them.
    """

    start: int = 0
    end: int = 24
    days: str = "all"

    @property
    def always(self) -> bool:
        return (self.start, self.end, self.days) == (0, 24, "all")

    def open_at(self, at: datetime) -> bool:
        return self.always or any(begins <= at < ends for begins, ends in self._windows(at, 1))

    def ripe(self, since: datetime, after: timedelta) -> datetime | None:
        """The first moment at which the schedule has been open without a break for ``after`` since ``since``."""
        if self.always:
            return since + after
        for begins, ends in _joined(self._windows(since, _FAR)):
            if ends > since and max(begins, since) + after <= ends:
                return max(begins, since) + after
        return None

    def inside(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time from ``since`` to ``until`` the schedule was open."""
        if self.always:
            return until - since
        total = timedelta(0)
        for begins, ends in self._windows(since, (until - since).days + 2):
            total += max(timedelta(0), min(ends, until) - max(begins, since))
        return total

    def opens_after(self, at: datetime) -> datetime | None:
        """The next moment, ``at`` included, at which it is open."""
        if self.always:
            return at
        for begins, ends in self._windows(at, _FAR):
            if ends > at:
                return max(begins, at)
        return None

    def _windows(self, around: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Windows of the day before ``around`` and of ``days`` days from it, in order."""
        today = around.astimezone(LOCAL).date()
        for n in range(-1, days + 1):
            day = today + timedelta(days=n)
            if self.days != "all" and OFFICIAL.is_workday(day) != (self.days == "workdays"):
                continue
            midnight = datetime.combine(day, time(), LOCAL)
            length = self.end - self.start if self.end > self.start else self.end + 24 - self.start
            begins = midnight + timedelta(hours=self.start)
            yield begins.astimezone(around.tzinfo), (begins + timedelta(hours=length)).astimezone(around.tzinfo)


def _joined(windows: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Windows that touch are one."""
    held: tuple[datetime, datetime] | None = None
    for begins, ends in windows:
        if held is not None and begins <= held[1]:
            held = (held[0], max(held[1], ends))
            continue
        if held is not None:
            yield held
        held = (begins, ends)
    if held is not None:
        yield held
