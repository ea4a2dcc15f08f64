"""What has just been enrolled is awaited, not silent; what devices say by their silence, nobody reported."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.act.casework.models import Case
from linli.faces.cockpit.queries import in_few_lines, sensing, who_was_first
from linli.faces.cockpit.rows import table
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.events.recording import record
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.sense.telemetry.conditions import conditions_of, tallies
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.speaking import WATCHED, sensing_health

SIX_HOURS = timedelta(hours=6)


@pytest.fixture
def meter(world, monday_morning):
    with world.scope():
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        return Device.objects.create(
            code="mx-new-1",
            type="water_meter",
            credential_digest="x",
            home=world.residents["elder"].home,
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


def test_cockpit_devices_page_and_care_page_count_the_same_silence(world, meter, client, monday_morning):
    with world.scope():
        for n, home in enumerate((None, world.homes[1])):
            Device.objects.create(code=f"more-{n}", type="lift" if home is None else "water_meter", home=home,
                                  facility=world.lift if home is None else None, credential_digest="x",
                                  enrolled_at=monday_morning - timedelta(days=1))  # fmt: skip
    with clock.frozen(monday_morning + timedelta(minutes=1)), world.scope():
        director = world.actor("community_director")
        on_the_cockpit = sum(kind.silent for kind in sensing(clock.now())[0])
        behind = table("devices", {"silent": "1"}, actor=director, now=clock.now()).counted
        counted = tallies(director)["silent"]
        tagged = conditions_of(list(Device.objects.all()))
        told = [one.code for one in Device.objects.all() if any(c.key == "silent" for c in tagged[one.pk])]
        cared = sum(kind.silent for kind in sensing_health(director))
    assert on_the_cockpit == counted == cared == behind == 1, "the new meter is awaited, the other home did not agree"
    assert told == ["more-0"]


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


def test_the_tile_shows_the_silent_kinds_first_and_its_last_line_opens_down_to_its_rows(world, monday_morning):
    kinds = [key for key in WATCHED if not is_sensitive(key)][:9]
    with world.scope():
        for n, key in enumerate(kinds):
            Device.objects.create(code=key, type=key, building=world.buildings[0], credential_digest="x",
                                  enrolled_at=monday_morning - timedelta(days=9),
                                  last_seen_at=None if n == 8 else monday_morning)  # fmt: skip
        lines = in_few_lines(sensing(monday_morning)[0])
        assert (len(lines), lines[0].type, lines[0].silent) == (6, kinds[8], 1)
        rest = lines[-1]
        asked = {"type": rest.type, "speaking": "1"}
        behind = table("devices", asked, actor=world.actor("community_director"), now=monday_morning)
    assert behind.counted == rest.speaking == 4 and sum(one.devices for one in lines) == 9
