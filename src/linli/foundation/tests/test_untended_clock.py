"""A demo's clock does not run on through the night when whoever drove it was killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from linli.foundation import clock
from linli.foundation.clock.models import ClockState
from linli.foundation.clock.reading import UNTENDED_SECONDS, forget_line

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def running(settings):
    settings.LINLI_SIMULATED_CLOCK = True
    forget_line()
    clock.start_at(MORNING, speed=60)
    yield
    forget_line()


def _leave_alone(hours: float) -> None:
    ClockState.objects.update(anchor_real=clock.real_now() - timedelta(hours=hours))
    forget_line()


def test_it_stands_still_some_seconds_after_its_driver_is_gone(running):
    _leave_alone(hours=8)
    assert clock.now() == MORNING + timedelta(seconds=60 * UNTENDED_SECONDS) == clock.now()


def test_it_goes_on_from_there_at_its_pace_once_it_is_tended(running):
    _leave_alone(hours=8)
    clock.tend()
    stood_at = MORNING + timedelta(seconds=60 * UNTENDED_SECONDS)
    assert stood_at <= clock.now() < stood_at + timedelta(minutes=10)
    assert clock.reading()["speed"] == 60


def test_tending_a_paused_clock_leaves_it_paused(running):
    clock.run_at(0)
    stood_at = clock.now()
    clock.tend()
    assert clock.now() == stood_at
