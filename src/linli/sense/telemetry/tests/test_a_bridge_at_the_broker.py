"""A gateway's messages through the real message server: at QoS 0 and 1, retained, below its own branch and nowhere else."""

import json
import threading
import time

import pytest
from django.test import override_settings

from linli.sense.telemetry.actions import NewDevice, enrol, revoke
from linli.sense.telemetry.discovery.actions import fingerprint, take_in
from linli.sense.telemetry.discovery.queries import subjects_through_bridges
from linli.sense.telemetry.gatekeeper import Gatekeeper
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.models import Candidate, Device, HotObservation, PublishViolation, Withheld
from linli.sense.telemetry.retention import forget_in_stream
from linli.sense.telemetry.stream import BRIDGED, PREFIX, STREAM, StreamError, call, ensure_stream, purge_retained
from linli.sense.telemetry.tests.test_device_credentials_at_the_broker import Thing, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

BRANCH = "linli/mx/HA-1/ha"
CONFIG = json.dumps(
    {"stat_t": "zigbee2mqtt/Hall", "val_tpl": "{{ value_json.temperature }}", "dev_cla": "temperature",
     "unit_of_meas": "°C", "dev": {"ids": ["0x00158d"], "name": "大厅"}}
)  # fmt: skip


@pytest.fixture
def running(broker, world, transactional_db):
    with override_settings(LINLI_HOME=broker.home):
        keeper, ingest = Gatekeeper(broker.home), Ingest(broker.home, say=lambda words: None)
        storing = threading.Thread(target=ingest.run, daemon=True)
        keeper.start()
        storing.start()
        time.sleep(0.5)
        yield ingest
        ingest.stop()
        keeper.stop()
        storing.join(10)
        keeper.join(5)


def held(wire, subject):
    """How many messages the stream holds under ``subject``."""
    info = call(wire, f"STREAM.INFO.{STREAM}", {"subjects_filter": subject})
    return sum((info["state"].get("subjects") or {}).values())


def taken_in(world):
    with world.scope():
        candidate = Candidate.objects.get()
        seen = fingerprint(list(candidate.offers.all()))
        new = NewDevice("hall-1", "climate", building_id=world.buildings[0].pk)
        return take_in(candidate, new, actor=world.actor("community_director"), seen=seen)


def test_discovery_and_states_arrive_at_any_qos_once_and_revoking_cuts_all(broker, wire, world, running):
    with world.scope():
        given = enrol(NewDevice("HA-1", "bridge"), actor=world.actor("community_director"))
    gateway = Thing(broker, "HA-1", given.secret)
    assert gateway.connected.wait(5)

    def say(topic, payload, qos=0, retain=False):
        gateway.client.publish(f"{BRANCH}/{topic}", payload, qos=qos, retain=retain).wait_for_publish(5)

    say("homeassistant/sensor/0x00158d/temperature/config", CONFIG, qos=1, retain=True)
    assert wait_for(lambda: found(world))
    for qos in (0, 1):
        say("zigbee2mqtt/Hall", json.dumps({"temperature": 20 + qos}), qos=qos, retain=True)
    assert wait_for(lambda: Withheld.objects.filter(reason="not_taken", times=2).exists())
    assert wait_for(lambda: held(wire, f"{PREFIX}linli.mx.HA-1.ha.zigbee2mqtt.>") == 0)
    assert held(wire, "linli.mx.HA-1.ha.zigbee2mqtt.>") == 0
    assert not HotObservation.objects.exists()

    device = taken_in(world)
    time.sleep(1.1)
    say("zigbee2mqtt/Hall", json.dumps({"temperature": 21.5}), qos=0)
    say("zigbee2mqtt/Hall", json.dumps({"temperature": 22.5}), qos=1)
    assert wait_for(lambda: HotObservation.objects.count() == 2)
    assert sorted(HotObservation.objects.values_list("value", flat=True)) == [21.5, 22.5]

    gateway.say("linli/mx/hall-1/up", b"{}")
    gateway.say("linli/mx/HA-1/up", b"{}")
    assert wait_for(lambda: PublishViolation.objects.filter(device_code="HA-1").count() == 2)

    with world.scope():
        subjects = subjects_through_bridges(device)
    assert forget_in_stream(subjects, None) == 2
    assert [held(wire, subject) for subject in subjects] == [0, 0]

    with world.scope():
        revoke(Device.objects.get(code="HA-1"), actor=world.actor("community_director"))
    assert gateway.cut_off.wait(5)
    assert gateway.refused.wait(10)
    gateway.leave()


def found(world):
    with world.scope():
        return Candidate.objects.exists()


def test_what_a_gateway_asks_to_retain_is_not_kept(broker, wire, world, running):
    with world.scope():
        given = enrol(NewDevice("HA-1", "bridge"), actor=world.actor("community_director"))
    gateway = Thing(broker, "HA-1", given.secret)
    assert gateway.connected.wait(5)
    for n in range(3):
        gateway.client.publish(f"{BRANCH}/zigbee2mqtt/room{n}", b"1", qos=1, retain=True).wait_for_publish(5)
    retained = lambda: call(wire, "STREAM.INFO.$MQTT_rmsgs")["state"]["messages"]  # noqa: E731
    assert wait_for(lambda: retained() == 3)
    purge_retained(wire)
    assert retained() == 0
    gateway.client.publish(f"{BRANCH}/zigbee2mqtt/room1", b"2", qos=1, retain=True).wait_for_publish(5)
    assert wait_for(lambda: retained() == 1)
    gateway.leave()


def test_a_stream_that_was_made_before_there_were_bridges_learns_of_them(wire):
    config = call(wire, f"STREAM.INFO.{STREAM}")["config"]
    call(wire, f"STREAM.UPDATE.{STREAM}", config | {"subjects": [f"{PREFIX}>"]})
    ensure_stream(wire)
    assert call(wire, f"STREAM.INFO.{STREAM}")["config"]["subjects"] == [f"{PREFIX}>", BRIDGED]
    with pytest.raises(StreamError):
        call(wire, "STREAM.INFO.$MQTT_rmsgs")
    purge_retained(wire)
