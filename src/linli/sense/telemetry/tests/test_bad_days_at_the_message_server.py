"""Bad days from the device to the database: real MQTT clients with their own credentials, the message server, ingest."""

import json
import os
import random
import signal
import threading
import time

import paho.mqtt.client as mqtt
import pytest

from linli.sense.telemetry.actions import NewDevice, enrol_many
from linli.sense.telemetry.broker import service_address_of
from linli.sense.telemetry.gatekeeper import Gatekeeper
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.lake import from_ms
from linli.sense.telemetry.models import Device, IngestCursor, LastValue, Quarantined
from linli.sense.telemetry.queries import readings
from linli.sense.telemetry.stream import state, topic_of
from linli.sense.telemetry.wire import Connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MINUTE = 60_000


class Line:
    """A device's MQTT connection that waits for each acknowledgement (QoS 1)."""

    def __init__(self, broker, code, secret):
        self.code, self.lost = code, threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=code, clean_session=False)
        self.client.username_pw_set(code, secret)
        self.client.reconnect_delay_set(0.1, 0.3)
        self.client.on_disconnect = lambda *_: self.lost.set()
        self.client.connect("127.0.0.1", broker.mqtt_port)
        self.client.loop_start()

    def say(self, *contents, seconds=20):
        """All acknowledged before this returns; bytes go as they are."""
        sent = [
            self.client.publish(topic_of("mx", self.code), c if isinstance(c, bytes) else json.dumps(c), qos=1)
            for c in contents
        ]
        for one in sent:
            one.wait_for_publish(seconds)
            assert one.is_published(), f"{self.code} was not acknowledged"

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def lines(world, broker, settings, transactional_db):
    """Connections of two lifts that stand at a building."""
    settings.LINLI_HOME = broker.home
    keeper = Gatekeeper(broker.home)
    keeper.start()
    time.sleep(0.3)
    with world.scope():
        new = [NewDevice(code, "lift", building_id=world.buildings[0].pk) for code in ("lift-1", "lift-2")]
        enrolled = enrol_many(new, actor=world.actor("community_director"))
        found = {one.device.code: Line(broker, one.device.code, one.secret) for one in enrolled}
        yield found
    for line in found.values():
        line.leave()
    keeper.stop()
    keeper.join(5)


def store(broker, wire):
    ingest = Ingest(broker.home, say=lambda words: None)
    ingest.run(until=state(wire).last)
    return ingest.counts


def floors_of(code):
    """(UTC ms, floor), oldest first, wherever they lie."""
    found = readings([Device.objects.get(code=code)], ["floor"], from_ms(0), from_ms(now() + 10 * MINUTE))
    return [(round(at.timestamp() * 1000), value) for at, _device, _metric, value in found]


def now():
    return round(time.time() * 1000)


def at(moment, n):
    return {"t": moment, "v": {"floor": n % 9}}


def test_messages_that_come_twice_and_in_any_order_stand_once_and_in_their_place(lines, broker, wire):
    begun = now() - 3 * 60 * MINUTE
    said = {code: [at(begun + n * MINUTE, n) for n in range(60)] for code in lines}
    chance = random.Random(5)
    for code, line in lines.items():
        twice = said[code] * 2
        chance.shuffle(twice)
        line.say(*twice)
    counts = store(broker, wire)
    assert (counts.accepted, counts.repeated, counts.quarantined) == (120, 120, 0)
    for code, ones in said.items():
        assert floors_of(code) == [(one["t"], one["v"]["floor"]) for one in ones]
        assert LastValue.objects.get(device__code=code, metric="floor").value == 59 % 9
    lines["lift-1"].say(*said["lift-1"])
    assert store(broker, wire).repeated == 60, "also once they lie in the lake"


def test_a_clock_that_jumps_back_an_hour_and_forward_again_loses_nothing(lines, broker, wire):
    begun = now() - 2 * 60 * MINUTE
    right = [at(begun + n * MINUTE, n) for n in range(20)]
    behind = [at(begun + (n - 60) * MINUTE, n) for n in range(20, 30)]
    right_again = [at(begun + n * MINUTE, n) for n in range(30, 40)]
    lines["lift-1"].say(*right, *behind)
    assert store(broker, wire).accepted == 30
    lines["lift-1"].say(*right_again)
    assert store(broker, wire).accepted == 10
    in_order = sorted(right + behind + right_again, key=lambda one: one["t"])
    assert floors_of("lift-1") == [(one["t"], one["v"]["floor"]) for one in in_order]
    assert LastValue.objects.get(metric="floor").value == 39 % 9


def test_a_firmware_that_sends_strings_and_worse_harms_neither_itself_nor_its_neighbour(lines, broker, wire):
    begun = now() - 60 * MINUTE
    bad = [
        {"t": begun, "v": {"floor": "3", "speed": 1.0}},
        {"t": "yesterday", "v": {"floor": 3}},
        b"floor=3;speed=1.0",
        b"\xff\xfe\x00\x01",
        b"[" * 100_000,
        b'{"t":%d,"v":{"floor":1e999}}' % begun,
        b'{"t":%d,"v":{"floor":NaN}}' % begun,
        b'{"t":%d,"v":{"floor":%s}}' % (begun, b"9" * 5_000),
        b"",
    ]
    for n, one in enumerate(bad):
        lines["lift-1"].say(one, at(begun + (n + 1) * MINUTE, n))
        lines["lift-2"].say(at(begun + (n + 1) * MINUTE, n))
    counts = store(broker, wire)
    assert (counts.accepted, counts.quarantined) == (2 * len(bad) + 1, len(bad))
    assert floors_of("lift-1") == floors_of("lift-2") == [(begun + (n + 1) * MINUTE, n) for n in range(len(bad))]
    assert set(Quarantined.objects.values_list("device_code", flat=True)) == {"lift-1"}
    assert not any(line.lost.is_set() for line in lines.values())
    assert IngestCursor.objects.get().tap_failures == 0


def test_a_message_server_that_dies_in_a_burst_and_comes_back_has_everything_once(lines, broker, wire):
    begun = now() - 20 * 60 * MINUTE
    said = [at(begun + n * MINUTE, n) for n in range(1_000)]
    threads = [
        threading.Thread(target=line.say, args=said, kwargs={"seconds": 60}, name=code) for code, line in lines.items()
    ]
    for thread in threads:
        thread.start()
    while (last := state(wire).last) < 200:
        time.sleep(0.01)
    os.kill(broker.pid, signal.SIGKILL)
    assert last < 2 * len(said), "in the midst of it"
    broker.stop()
    broker.start()
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive()
    fresh = Connection(service_address_of(broker), name="test")
    counts = store(broker, fresh)
    fresh.close()
    assert counts.accepted == 2 * len(said)
    for code in lines:
        assert [moment for moment, _ in floors_of(code)] == [one["t"] for one in said]
