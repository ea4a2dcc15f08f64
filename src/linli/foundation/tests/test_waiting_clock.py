"""A demo's clock waits for what it would outrun."""

from datetime import UTC, datetime, timedelta

import pytest

from linli.foundation import clock
from linli.foundation.clock.models import ClockState
from linli.foundation.clock.reading import forget_line

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def running(settings, db):
    settings.LINLI_SIMULATED_CLOCK = True
    forget_line()
    ClockState.objects.create(
        pk=1, anchor_real=clock.real_now() - timedelta(seconds=10), anchor_simulated=MORNING, speed=600.0
    )
    yield
    forget_line()


def now():
    forget_line()
    return clock.now()


def test_it_stands_at_the_moment_it_may_not_pass_at_whatever_pace(running):
    bound = now() + timedelta(minutes=1)
    clock.tend(not_beyond=bound)
    ClockState.objects.update(anchor_real=clock.real_now() - timedelta(seconds=10))
    assert now() == bound
    clock.run_at(60)
    ClockState.objects.update(anchor_real=clock.real_now() - timedelta(seconds=10))
    assert now() == bound
    assert clock.reading()["speed"] == 60


def test_it_goes_on_from_where_it_stood_without_a_jump(running):
    bound = now() + timedelta(minutes=1)
    clock.tend(not_beyond=bound)
    ClockState.objects.update(anchor_real=clock.real_now() - timedelta(seconds=10))
    clock.tend(not_beyond=bound + timedelta(hours=1))
    assert bound <= now() < bound + timedelta(minutes=30)
    assert ClockState.objects.get().anchor_simulated == bound


def test_an_earlier_bound_does_not_turn_it_back_and_a_jump_ends_it(running):
    held_at = now()
    clock.tend(not_beyond=held_at - timedelta(hours=1))
    assert now() >= held_at
    clock.start_at(now() + timedelta(hours=2), speed=0)
    assert clock.reading()["not_beyond"] is None
