"""The legal deadline: fifteen working days, extended once by as many, reminded at half and at four fifths."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.errors import Conflict
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.deadlines import rules_on
from linli.foundation.lifecycle.official_calendar import OFFICIAL
from linli.foundation.lifecycle.working_time import LOCAL
from linli.foundation.privacy.rights import deadline
from linli.foundation.privacy.rights.actions import ask, extend, take, tell_deadlines
from linli.foundation.privacy.rights.actions.asking import Asked

RULES = rules_on(date(2026, 3, 2))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC))


def workdays(after: datetime, until: datetime) -> int:
    """Workdays from the day after ``after`` to the day that ends at ``until``, counted one by one."""
    day = after.astimezone(LOCAL).date() + timedelta(days=1)
    last = (until - timedelta(microseconds=1)).astimezone(LOCAL).date()
    return sum(OFFICIAL.is_workday(day + timedelta(days=n)) for n in range((last - day).days + 1))


@given(MOMENTS)
def test_it_is_always_fifteen_working_days_and_ends_with_a_day(opened):
    due = deadline.due(RULES, opened).due_at
    assert workdays(opened, due) == 15
    assert due.astimezone(LOCAL).time().isoformat() == "00:00:00"
    assert OFFICIAL.is_workday((due - timedelta(microseconds=1)).astimezone(LOCAL).date())


@given(MOMENTS)
def test_the_extension_gives_fifteen_more_and_no_day_twice(opened):
    first = deadline.due(RULES, opened).due_at
    second = deadline.extended(RULES, first).due_at
    assert workdays(opened, second) == 30


@given(MOMENTS, st.floats(0, 3), st.floats(0, 3), st.booleans())
def test_marks_only_grow_with_time_and_the_director_hears_no_sooner_than_it_is_due(opened, one, other, was_extended):
    due = deadline.due(RULES, opened).due_at
    if was_extended:
        due = deadline.extended(RULES, due).due_at
    span = due - opened
    early, late = (
        deadline.marks_passed(RULES, due, opened + span * share, was_extended=was_extended)
        for share in sorted((one, other))
    )
    assert [mark.key for mark in late][: len(early)] == [mark.key for mark in early]
    over = opened + span * max(one, other) >= due
    assert (late[-1:] == (deadline.OVERDUE,)) is over


@pytest.mark.django_db
def test_each_mark_is_told_once_and_the_overdue_to_the_director(world):
    opened = datetime(2026, 3, 2, 1, tzinfo=UTC)
    with world.scope():
        with clock.frozen(opened):
            request = ask(world.residents["elder"], Asked("deletion"), actor=world.actor("elder"))
            assert tell_deadlines() == 0
        for moment, told in (
            (datetime(2026, 3, 11, 4, tzinfo=UTC), 0),
            (datetime(2026, 3, 13, 4, tzinfo=UTC), 1),
            (datetime(2026, 3, 13, 5, tzinfo=UTC), 0),
            (datetime(2026, 3, 23, 4, tzinfo=UTC), 1),
            (request.due_at, 1),
            (request.due_at + timedelta(days=40), 0),
        ):
            with clock.frozen(moment):
                assert tell_deadlines() == told, moment
    events = Event.objects.filter(kind="rights.deadline_reached").order_by("id")
    assert [(event.data["percent"], event.data["to"]) for event in events] == [
        (50, ""),
        (80, ""),
        (100, "community_director"),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("monday_morning")
def test_it_is_extended_once_with_a_reason_and_never_after_it_is_over(world):
    dpo = world.actor("dpo")
    with world.scope():
        request = ask(world.residents["elder"], Asked("deletion"), actor=world.actor("elder"))
        take(request.pk, actor=dpo)
        longer = extend(request.pk, "要等街道回话", actor=dpo)
        assert timezone.localtime(longer.due_at).date() == date(2026, 4, 15)
        with pytest.raises(Conflict, match="延过一次"):
            extend(request.pk, "再等等", actor=dpo)
        second = ask(world.residents["neighbour"], Asked("deletion"), actor=world.actor("neighbour"))
        with clock.frozen(second.due_at), pytest.raises(Conflict, match="过了期限"):
            extend(second.pk, "忘了", actor=dpo)
