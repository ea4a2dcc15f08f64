"""A demo's clock runs many times faster than readings travel."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.clock.models import ClockState
from linli.foundation.clock.reading import forget_line
from linli.foundation.tenancy import community_scope
from linli.understand.warnings import engine
from linli.understand.warnings.models import DetectorState

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_sixty(settings, world, monday_morning):
    settings.LINLI_SIMULATED_CLOCK = True
    ClockState.objects.create(pk=1, anchor_real=clock.real_now(), anchor_simulated=clock.now(), speed=60.0)
    forget_line()
    yield
    forget_line()


@pytest.mark.parametrize(("late", "woken"), [(30, False), (119, False), (121, True)])
def test_a_timer_waits_for_readings_that_are_under_way(world, at_sixty, late, woken):
    with community_scope(world.community):
        due = clock.now() - timedelta(seconds=late)
        state = DetectorState.objects.create(detector="trapped", source="device:999", due_at=due)
        engine.wake_due()
        assert DetectorState.objects.filter(pk=state.pk).exists() is not woken
