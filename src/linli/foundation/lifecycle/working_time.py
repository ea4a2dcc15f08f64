"""Deadlines in calendar time and in working time, each with an account of how it was reached. Pure: no database.

Moments are aware datetimes, answers are UTC. Days and office hours are those of Asia/Shanghai. Two modes of
counting working days (``domain.md`` §18): *day* counts from the following day and is due at 24:00 local, *hours*
spends as many office hours as the days hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from linli.foundation.lifecycle.official_calendar import OFFICIAL, WorkCalendar

LOCAL = ZoneInfo("Asia/Shanghai")
_DAY = timedelta(days=1)


class Unit(StrEnum):
    CALENDAR_MINUTES = "calendar_minutes"
    CALENDAR_HOURS = "calendar_hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


class Mode(StrEnum):
    """How working days are counted."""

    DAY = "day"
    HOURS = "hours"


@dataclass(frozen=True)
class OfficeHours:
    """When the desk is open on a workday: spans of minutes after local midnight, in order, without overlap."""

    spans: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or edges != sorted(set(edges)) or edges[0] < 0 or edges[-1] > 24 * 60:
            raise ValueError(f"office hours must be ordered spans inside one day: {self.spans}")

    @classmethod
    def parse(cls, spans: list[list[str]]) -> OfficeHours:
        """From ``[["08:30", "12:00"], ["13:30", "17:30"]]``; ``24:00`` is the end of the day."""
        return cls(tuple((_minutes(start), _minutes(end)) for start, end in spans))

    @property
    def per_day(self) -> timedelta:
        return timedelta(minutes=sum(end - start for start, end in self.spans))


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


OFFICE_HOURS = OfficeHours.parse([["08:30", "12:00"], ["13:30", "17:30"]])
WHOLE_DAY = OfficeHours(((0, 24 * 60),))


@dataclass(frozen=True)
class Part:
    """One line of the account: ``kind`` is start, rule, day_off, make_up_day, calendar_unknown, paused or due."""

    kind: str
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Deadline:
    """``due_at`` (UTC), how it was reached, and whether the official calendar covered every day it needed."""

    due_at: datetime
    parts: tuple[Part, ...]
    calendar_known: bool = True


def add_calendar_minutes(start: datetime, minutes: int) -> Deadline:
    return _by_the_clock(start, timedelta(minutes=minutes), Unit.CALENDAR_MINUTES, minutes)


def add_calendar_hours(start: datetime, hours: int) -> Deadline:
    return _by_the_clock(start, timedelta(hours=hours), Unit.CALENDAR_HOURS, hours)


def add_calendar_days(start: datetime, days: int) -> Deadline:
    return _by_the_clock(start, timedelta(days=days), Unit.CALENDAR_DAYS, days)


def add_working_hours(
    start: datetime, hours: int, *, office: OfficeHours = OFFICE_HOURS, calendar: WorkCalendar = OFFICIAL
) -> Deadline:
    """The moment when ``hours`` of office time have passed; a span that ends exactly then is due at its end."""
    due = add_working_time(start, timedelta(hours=hours), office=office, calendar=calendar)
    return _in_working_time(start, due, Unit.WORKING_HOURS, hours, None, calendar)


def add_working_days(
    start: datetime,
    days: int,
    *,
    mode: Mode = Mode.DAY,
    office: OfficeHours = OFFICE_HOURS,
    calendar: WorkCalendar = OFFICIAL,
) -> Deadline:
    if mode == Mode.HOURS:
        due = add_working_time(start, days * office.per_day, office=office, calendar=calendar)
    else:
        due = _end_of_workday(_local_day(start), days, calendar)
    return _in_working_time(start, due, Unit.WORKING_DAYS, days, mode, calendar)


def add_working_time(
    start: datetime,
    budget: timedelta,
    *,
    office: OfficeHours = OFFICE_HOURS,
    calendar: WorkCalendar = OFFICIAL,
) -> datetime:
    """When ``budget`` of office time has been spent since ``start`` (UTC); nothing to spend is due at ``start``."""
    start = start.astimezone(UTC)
    if budget <= timedelta(0):
        return start
    for opens, closes in _spans_from(_local_day(start), office, calendar):
        usable_from = max(opens, start)
        if usable_from >= closes:
            continue
        if closes - usable_from >= budget:
            return usable_from + budget
        budget -= closes - usable_from
    raise AssertionError("the calendar has no end")


def working_time_between(
    start: datetime, end: datetime, *, office: OfficeHours = OFFICE_HOURS, calendar: WorkCalendar = OFFICIAL
) -> timedelta:
    """Office time between two moments; zero when ``end`` is not after ``start``."""
    total = timedelta(0)
    for opens, closes in _spans_from(_local_day(start), office, calendar, until=end):
        total += max(min(closes, end) - max(opens, start), timedelta(0))
    return total


@dataclass(frozen=True)
class Limit:
    """A time limit as the rule table states it: so many of a unit, counted in one mode."""

    amount: int
    unit: Unit
    mode: Mode | None = None
    office: OfficeHours = OFFICE_HOURS

    def due_from(self, start: datetime, *, calendar: WorkCalendar = OFFICIAL) -> Deadline:
        match self.unit:
            case Unit.CALENDAR_MINUTES:
                return add_calendar_minutes(start, self.amount)
            case Unit.CALENDAR_HOURS:
                return add_calendar_hours(start, self.amount)
            case Unit.CALENDAR_DAYS:
                return add_calendar_days(start, self.amount)
            case Unit.WORKING_HOURS:
                return add_working_hours(start, self.amount, office=self.office, calendar=calendar)
            case Unit.WORKING_DAYS:
                return add_working_days(
                    start, self.amount, mode=self.mode or Mode.DAY, office=self.office, calendar=calendar
                )

    def after_pause(
        self,
        due_at: datetime,
        paused_at: datetime,
        resumed_at: datetime,
        *,
        calendar: WorkCalendar = OFFICIAL,
    ) -> Deadline:
        """The deadline after the clock stood still: what remained at ``paused_at`` is given again from ``resumed_at``.

        A deadline that had already passed stays where it was. In day mode the days left after the day of the pause
        are counted again from the day of resuming. Raises :class:`ValueError` when it resumes before it paused.
        """
        if resumed_at < paused_at:
            raise ValueError("a pause ends after it began")
        if paused_at >= due_at:
            due = due_at.astimezone(UTC)
        elif not self._in_working_time:
            due = (due_at + (resumed_at - paused_at)).astimezone(UTC)
        elif self._by_days:
            due = _end_of_workday(_local_day(resumed_at), self._days_left(paused_at, due_at, calendar), calendar)
        else:
            remaining = working_time_between(paused_at, due_at, office=self.office, calendar=calendar)
            due = max(add_working_time(resumed_at, remaining, office=self.office, calendar=calendar), due_at)
        paused = Part("paused", {"from": paused_at, "to": resumed_at, "was_due": due_at})
        if not self._in_working_time:
            return Deadline(due, (paused, Part("due", {"at": due})))
        days, known = _day_parts(resumed_at, due, calendar)
        return Deadline(due, (paused, *days, Part("due", {"at": due})), known)

    def used(self, due_at: datetime, now: datetime, *, calendar: WorkCalendar = OFFICIAL) -> float:
        """Share of the limit that is spent at ``now``: 0 at the start, 1.0 when due, 2.0 a whole limit too late.

        Reckoned back from ``due_at``, so that pauses which moved the deadline need no bookkeeping; during a pause
        ask for the moment when it began.
        """
        if not self._in_working_time:
            left, late = max(due_at - now, timedelta(0)), max(now - due_at, timedelta(0))
        else:
            office = WHOLE_DAY if self._by_days else self.office
            left = working_time_between(now, due_at, office=office, calendar=calendar)
            late = working_time_between(due_at, now, office=office, calendar=calendar)
        return max(0.0, 1 - (left - late) / self._whole)

    @property
    def _in_working_time(self) -> bool:
        return self.unit in {Unit.WORKING_HOURS, Unit.WORKING_DAYS}

    @property
    def _by_days(self) -> bool:
        return self.unit == Unit.WORKING_DAYS and self.mode != Mode.HOURS

    @property
    def _whole(self) -> timedelta:
        match self.unit:
            case Unit.CALENDAR_MINUTES:
                return timedelta(minutes=self.amount)
            case Unit.CALENDAR_HOURS | Unit.WORKING_HOURS:
                return timedelta(hours=self.amount)
            case Unit.CALENDAR_DAYS:
                return timedelta(days=self.amount)
            case Unit.WORKING_DAYS:
                return self.amount * (_DAY if self._by_days else self.office.per_day)

    @staticmethod
    def _days_left(paused_at: datetime, due_at: datetime, calendar: WorkCalendar) -> int:
        day, last, left = _local_day(paused_at) + _DAY, _last_day(due_at), 0
        while day <= last:
            left += calendar.is_workday(day)
            day += _DAY
        return left


def _by_the_clock(start: datetime, length: timedelta, unit: Unit, amount: int) -> Deadline:
    due = (start + length).astimezone(UTC)
    rule = Part("rule", {"amount": amount, "unit": unit, "mode": None})
    return Deadline(due, (Part("start", {"at": start}), rule, Part("due", {"at": due})))


def _in_working_time(
    start: datetime, due: datetime, unit: Unit, amount: int, mode: Mode | None, calendar: WorkCalendar
) -> Deadline:
    rule = Part("rule", {"amount": amount, "unit": unit, "mode": mode})
    days, known = _day_parts(start, due, calendar)
    return Deadline(due, (Part("start", {"at": start}), rule, *days, Part("due", {"at": due})), known)


def _day_parts(start: datetime, due: datetime, calendar: WorkCalendar) -> tuple[list[Part], bool]:
    """Days that were skipped or, though at a weekend, counted; and years for which weekends had to decide."""
    parts: list[Part] = []
    unknown: set[int] = set()
    day = _local_day(start)
    while day <= _last_day(due):
        if not calendar.is_known(day):
            unknown.add(day.year)
        if reason := calendar.day_off_name(day):
            parts.append(Part("day_off", {"day": day, "reason": reason}))
        elif day.weekday() >= 5:
            parts.append(Part("make_up_day", {"day": day}))
        day += _DAY
    parts += [Part("calendar_unknown", {"year": year}) for year in sorted(unknown)]
    return parts, not unknown


def _end_of_workday(day: date, days: int, calendar: WorkCalendar) -> datetime:
    """24:00 local of the ``days``-th workday after ``day``; of ``day`` itself, or the next workday, for none."""
    if days <= 0:
        while not calendar.is_workday(day):
            day += _DAY
    while days > 0:
        day += _DAY
        days -= calendar.is_workday(day)
    return _midnight(day + _DAY)


def _spans_from(
    day: date, office: OfficeHours, calendar: WorkCalendar, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    while until is None or _midnight(day) < until:
        if calendar.is_workday(day):
            midnight = _midnight(day)
            for opens, closes in office.spans:
                yield midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)
        day += _DAY


def _local_day(moment: datetime) -> date:
    return moment.astimezone(LOCAL).date()


def _last_day(due: datetime) -> date:
    """The local day that ``due`` ends or lies in: 24:00 belongs to the day before."""
    return _local_day(due - timedelta(microseconds=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)
