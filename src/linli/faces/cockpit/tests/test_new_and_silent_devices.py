"""What has just been enrolled is awaited, not silent; what devices say by their silence, nobody reported."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.act.casework.models import Case
from linli.faces.cockpit.queries import sensing, who_was_first
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.events.recording import record
from linli.sense.telemetry.models import Device

SIX_HOURS = timedelta(hours=6)


@pytest.fixture
def meter(world, monday_morning):
    with world.scope():
        return Device.objects.create(
            code="mx-new-1",
            type="water_meter",
            credential_digest="x",
            home=world.homes[0],
            enrolled_at=monday_morning,
        )


def counts(world, at):
    with world.scope():
        [kind] = sensing(at)[0]
        return kind.awaited, kind.silent


def test_a_device_that_never_spoke_is_awaited_first_and_silent_later(world, meter, monday_morning):
    assert counts(world, monday_morning + timedelta(minutes=1)) == (1, 0)
    assert counts(world, monday_morning + timedelta(days=2)) == (0, 1)


def test_a_device_that_spoke_and_stopped_is_silent_however_new(world, meter, monday_morning):
    with world.scope():
        Device.objects.update(last_seen_at=monday_morning)
    assert counts(world, monday_morning + timedelta(days=2)) == (0, 1)


def test_a_case_of_silent_devices_was_found_not_told(world, meter, monday_morning):
    with clock.frozen(monday_morning + SIX_HOURS):
        with world.scope():
            Device.objects.update(last_seen_at=monday_morning)
            detector = Actor.for_system("detector.no_water", world.community.pk)
            record("warnings.device_silent", meter, actor=detector, since=monday_morning.isoformat())
        drain()
        with world.scope():
            assert Case.objects.count() == 1
            this_week = who_was_first(timezone.localtime(clock.now()).date())[-1]
    assert (this_week.found, this_week.told) == (1, 0)
