"""Working time against a calendar walked minute by minute, and the vectors of domain.md §18."""

from datetime import date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.lifecycle.deadlines import rules_on
from linli.foundation.lifecycle.working_time import (
    LOCAL,
    OFFICE_HOURS,
    WHOLE_DAY,
    Limit,
    Mode,
    OfficeHours,
    Unit,
    add_calendar_minutes,
    add_working_days,
    add_working_hours,
    add_working_time,
    working_time_between,
)

MINUTE = timedelta(minutes=1)
NINE_TO_FIVE = OfficeHours.parse([["09:00", "17:00"]])

moments = st.datetimes(datetime(2025, 9, 20), datetime(2026, 10, 20)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=LOCAL)
)
offices = st.sampled_from([OFFICE_HOURS, NINE_TO_FIVE, WHOLE_DAY])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def is_office_minute(moment: datetime, office: OfficeHours) -> bool:
    minute = moment.hour * 60 + moment.minute
    return chinese_calendar.is_workday(moment.date()) and any(a <= minute < b for a, b in office.spans)


def walk(start: datetime, minutes: int, office: OfficeHours) -> datetime:
    moment = start
    while minutes:
        minutes -= is_office_minute(moment, office)
        moment += MINUTE
    return moment


@given(moments, st.integers(0, 1500), offices)
@settings(max_examples=60)
def test_working_time_agrees_with_walking_every_minute(start, minutes, office):
    assert add_working_time(start, minutes * MINUTE, office=office) == walk(start, minutes, office)


@given(moments, st.integers(0, 6000), offices)
@settings(max_examples=60)
def test_time_between_agrees_with_counting_every_minute(start, length, office):
    counted = sum(is_office_minute(start + n * MINUTE, office) for n in range(length))
    assert working_time_between(start, start + length * MINUTE, office=office) == counted * MINUTE


@given(moments, st.integers(1, 40))
def test_day_mode_agrees_with_counting_every_day(start, days):
    day, left = start.date(), days
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day) if day.year < 2027 else day.weekday() < 5
    assert add_working_days(start, days).due_at == datetime.combine(day + timedelta(days=1), datetime.min.time(), LOCAL)


def test_friday_afternoon_plus_five_working_days():
    friday = at("2026-03-06T16:00")
    assert add_working_days(friday, 5, mode=Mode.HOURS).due_at == at("2026-03-13T16:00")
    assert add_working_days(friday, 5, mode=Mode.DAY).due_at == at("2026-03-14T00:00")
    assert rules_on(friday.date()).limit("P2", "finish").due_from(friday).due_at == at("2026-03-14T00:00")


def test_thirty_minutes_are_thirty_minutes_also_on_a_holiday():
    assert add_calendar_minutes(at("2026-02-17T03:50"), 30).due_at == at("2026-02-17T04:20")


def test_four_working_hours_pass_over_lunch_and_night():
    assert add_working_hours(at("2026-03-02T10:00"), 4).due_at == at("2026-03-02T15:30")
    assert add_working_hours(at("2026-03-02T16:30"), 4).due_at == at("2026-03-03T11:30")
    assert add_working_hours(at("2026-03-02T08:00"), 4).due_at == at("2026-03-02T14:00")


def test_what_ends_with_the_office_day_is_due_that_evening():
    assert add_working_hours(at("2026-03-02T13:30"), 4).due_at == at("2026-03-02T17:30")


def test_make_up_workdays_count_and_the_spring_festival_does_not():
    deadline = add_working_days(at("2026-02-13T10:00"), 2)
    assert deadline.due_at == at("2026-02-25T00:00"), "14 February is a make-up Saturday, then nine days off"
    assert [p.values["day"] for p in deadline.parts if p.kind == "make_up_day"] == [date(2026, 2, 14)]
    off = [p.values for p in deadline.parts if p.kind == "day_off"]
    assert [entry["day"].day for entry in off] == list(range(15, 24))
    assert {entry["reason"] for entry in off} == {"Spring Festival"}


def test_a_year_without_a_notice_is_said_and_falls_back_to_weekends():
    deadline = add_working_days(at("2031-01-31T10:00"), 2)
    assert not deadline.calendar_known
    assert deadline.due_at == at("2031-02-05T00:00")
    assert [p.values["year"] for p in deadline.parts if p.kind == "calendar_unknown"] == [2031]


def test_the_last_days_of_december_wait_for_the_next_years_notice():
    assert add_working_days(at("2025-12-26T10:00"), 1).calendar_known
    assert not add_working_days(at("2026-12-28T10:00"), 1).calendar_known


LIMITS = st.builds(
    lambda unit, amount, mode: Limit(amount, unit, mode if unit == Unit.WORKING_DAYS else None),
    st.sampled_from(list(Unit)),
    st.integers(1, 12),
    st.sampled_from(list(Mode)),
)


@given(LIMITS, moments, st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_pause_never_brings_a_deadline_forward(limit, start, until_pause, pause):
    due = limit.due_from(start).due_at
    paused, resumed = start + until_pause * MINUTE, start + (until_pause + pause) * MINUTE
    moved = limit.after_pause(due, paused, resumed).due_at
    assert moved >= due
    if paused >= due or pause == 0:
        assert moved == due


@given(LIMITS, moments, st.integers(0, 5_000), st.integers(0, 5_000))
def test_a_pause_gives_back_exactly_what_was_left(limit, start, until_pause, pause):
    due = limit.due_from(start).due_at
    paused, resumed = start + until_pause * MINUTE, start + (until_pause + pause) * MINUTE
    if paused >= due or (limit.unit == Unit.WORKING_DAYS and limit.mode == Mode.DAY):
        return
    moved = limit.after_pause(due, paused, resumed).due_at
    assert limit.used(moved, resumed) == pytest.approx(limit.used(due, paused))


@given(LIMITS, moments, st.lists(st.integers(0, 40_000), min_size=2, max_size=6))
def test_the_share_used_rises_with_time_and_is_one_when_due(limit, start, minutes):
    due = limit.due_from(start).due_at
    shares = [limit.used(due, start + m * MINUTE) for m in sorted(minutes)]
    assert shares == sorted(shares)
    assert limit.used(due, due) == pytest.approx(1.0)
    assert limit.used(due, start) == 0.0


def test_three_days_left_are_three_days_left_after_a_pause():
    limit = Limit(5, Unit.WORKING_DAYS, Mode.DAY)
    due = limit.due_from(at("2026-03-06T16:00")).due_at
    moved = limit.after_pause(due, at("2026-03-10T11:00"), at("2026-03-17T09:00"))
    assert moved.due_at == at("2026-03-21T00:00")
    assert moved.parts[0].kind == "paused"


def test_a_pause_that_ends_before_it_began_is_refused():
    with pytest.raises(ValueError):
        Limit(1, Unit.CALENDAR_HOURS).after_pause(
            at("2026-03-03T10:00"), at("2026-03-02T10:00"), at("2026-03-02T09:00")
        )


@pytest.mark.parametrize(
    "spans", [[], [["09:00", "09:00"]], [["13:00", "17:00"], ["08:00", "12:00"]], [["09:00", "25:00"]]]
)
def test_office_hours_that_make_no_sense_are_refused(spans):
    with pytest.raises(ValueError):
        OfficeHours.parse(spans)
