"""The State Council's holiday calendar (国务院办公厅节假日安排): which days people work, make-up workdays included."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import chinese_calendar
from chinese_calendar.constants import holidays

_FIRST_YEAR = min(holidays).year
_LAST_YEAR = max(holidays).year
_NEXT_YEARS_NOTICE_STARTS = (12, 25)


class WorkCalendar(Protocol):
    def is_workday(self, day: date) -> bool: ...

    def is_known(self, day: date) -> bool:
        """Whether the official notice that decides about ``day`` is at hand; without it weekends decide."""
        ...

    def day_off_name(self, day: date) -> str:
        """Key of the holiday (``Spring Festival``), or ``weekend``; empty on a workday."""
        ...


class OfficialCalendar:
    """Backed by the ``chinesecalendar`` package, which carries the notices year by year.

    The notice for a year sometimes moves the last days of December before it (29 December 2018 was a make-up
    workday for 2019), so those days are known only once the next notice is.
    """

    def is_known(self, day: date) -> bool:
        decided_in = day.year + 1 if (day.month, day.day) >= _NEXT_YEARS_NOTICE_STARTS else day.year
        return day.year >= _FIRST_YEAR and decided_in <= _LAST_YEAR

    def is_workday(self, day: date) -> bool:
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return chinese_calendar.is_workday(day)
        return day.weekday() < 5

    def day_off_name(self, day: date) -> str:
        if self.is_workday(day):
            return ""
        return str(holidays.get(day, "weekend"))


OFFICIAL = OfficialCalendar()
