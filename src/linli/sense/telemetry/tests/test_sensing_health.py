from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.sense.telemetry.queries import ingest_status
from linli.sense.telemetry.speaking import sensing_health, silent_devices
from linli.sense.telemetry.tests.streaming import NOW, messages


def health(world, who="community_director"):
    return {row.type: row for row in sensing_health(world.actor(who))}


def test_a_device_is_silent_after_three_cadences_without_a_message(world, store, monday_morning):
    director = world.actor("community_director")
    store.store(messages({"t": NOW, "v": {"floor": 1}}))
    assert (health(world)["lift"].total, health(world)["lift"].speaking) == (1, 1)
    meter = health(world)["water_meter"]
    assert (meter.silent, meter.awaited) == (0, 1), "just enrolled: it is not due yet"
    with clock.frozen(monday_morning + timedelta(minutes=3, seconds=1)):
        assert health(world)["lift"].silent == 1
        assert [device.code for device in silent_devices(director)] == ["lift-1"]
    with clock.frozen(monday_morning + timedelta(hours=3, seconds=1)):
        assert [device.code for device in silent_devices(director)] == ["w-1", "lift-1"]
        assert [device.code for device in silent_devices(director, type_key="lift")] == ["lift-1"]


def test_a_low_battery_is_counted(world, store):
    store.store(messages({"t": NOW, "v": {"battery": 14}}, device="w-1"))
    assert health(world)["water_meter"].battery_low == 1
    store.store(messages({"t": NOW + 1, "v": {"battery": 15}}, device="w-1", since=2))
    assert health(world)["water_meter"].battery_low == 0


@pytest.mark.parametrize("who", ["resident", "wall_display"])
def test_who_may_see_no_device_gets_no_numbers(world, store, who):
    assert health(world, who) == {}


def test_the_status_tells_what_was_stored_and_when_the_message_server_is_away(world, store, settings, tmp_path):
    settings.LINLI_HOME = tmp_path
    store.store(messages({"t": NOW, "v": {"floor": 1, "hum": 2}}, {"t": NOW, "v": {"floor": 1}}))
    status = ingest_status()
    assert (status.stored, status.accepted, status.repeated, status.quarantined) == (2, 1, 1, 1)
    assert (status.stream_last, status.lag) == (None, None)
    assert status.running
