"""A device that floods hides no other's warning, and not its own: through the message server, with every shipped rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.sense.telemetry.actions import NewDevice, enrol_many
from linli.sense.telemetry.broker import Broker, service_address_of
from linli.sense.telemetry.flow import BURST_AT_LEAST
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.models import DeviceEntry, Fault, HotObservation, IngestCursor, LakeFile
from linli.sense.telemetry.stream import state, subject_of
from linli.sense.telemetry.wire import Connection
from linli.testing import MONDAY_MORNING
from linli.understand.warnings.models import Warning

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

OTHERS, MINUTES, FLOODED = 50, 40, 200_000
NOW = int(MONDAY_MORNING.timestamp() * 1000)
EACH = FLOODED // MINUTES


def said_in(minute):
    """What 50 smoke detectors say in a minute, five of them that there is smoke from the third minute on, and one button."""
    at = NOW + minute * 60_000
    others = [
        (subject_of("mx", f"smoke-{n}"), b'{"t":%d,"v":{"alarm":%d}}' % (at, n < 5 and minute >= 3))
        for n in range(OTHERS)
    ]
    numbers = range(minute * EACH, (minute + 1) * EACH)
    flood = [
        (subject_of("mx", "sos-1"), b'{"t":%d,"v":{"pressed":%d}}' % (at + n % EACH, n == FLOODED * 3 // 4))
        for n in numbers
    ]
    return others + flood


def test_while_one_floods_the_others_and_its_own_button_are_warned_of_before_the_flood_is_stored(
    tmp_path, world, monday_morning
):
    where = {"building_id": world.buildings[0].pk}
    with world.scope():
        new = [NewDevice("sos-1", "sos", **where), *(NewDevice(f"smoke-{n}", "smoke", **where) for n in range(OTHERS))]
        enrol_many(new, actor=world.actor("community_director"))
    with Broker(tmp_path, sync_always=False) as broker:
        link = Connection(service_address_of(broker), name="test")
        for minute in range(MINUTES):
            *most, last = said_in(minute)
            link.publish_many(most)
            link.request(*last, timeout=30)
        last = state(link).last
        link.close()
        with world.scope(), clock.frozen(monday_morning + timedelta(minutes=MINUTES)):
            Ingest(tmp_path, say=lambda words: None).run(until=last // 5)
            assert IngestCursor.objects.get().sequence < last // 2
            assert warned_of("smoke") == [f"smoke-{n}" for n in range(5)]
            assert warned_of("sos") == ["sos-1"]
            Ingest(tmp_path, say=lambda words: None).run(until=last)
            cursor = IngestCursor.objects.get()
            # Ingest that starts in the midst of a flood does not know which change it let pass when it read ahead.
            assert last == FLOODED + MINUTES * OTHERS <= cursor.accepted + cursor.flooded <= last + 5
            assert (cursor.repeated, cursor.quarantined, cursor.tap_failures) == (0, 0, 0)
            assert cursor.accepted < MINUTES * OTHERS + 2 * BURST_AT_LEAST
            assert sum(LakeFile.objects.values_list("rows", flat=True)) == cursor.accepted
            assert not HotObservation.objects.exists()
            assert (warned_of("smoke"), warned_of("sos")) == ([f"smoke-{n}" for n in range(5)], ["sos-1"])
            assert list(Fault.objects.values_list("device__code", "kind")) == [("sos-1", "flood")]
            assert DeviceEntry.objects.get(what="maintenance").device.code == "sos-1"


def warned_of(kind):
    return sorted(Warning.objects.filter(kind=kind).values_list("device__code", flat=True))
