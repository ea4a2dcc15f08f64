import threading
import time

import paho.mqtt.client as mqtt
import pytest

from linli.foundation.privacy.sensing.actions import withdraw
from linli.sense.telemetry.actions import NewDevice, enrol, renew_secret, revoke
from linli.sense.telemetry.faults import words_of
from linli.sense.telemetry.gatekeeper import Gatekeeper
from linli.sense.telemetry.models import Fault, PublishViolation
from linli.sense.telemetry.stream import state
from linli.testing import camera_at

pytestmark = pytest.mark.django_db(transaction=True)


class Thing:
    """A device as a device is: an MQTT client with a code and a secret."""

    def __init__(self, broker, code, secret):
        self.connected, self.refused, self.cut_off = threading.Event(), threading.Event(), threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"any-{code}-{time.monotonic_ns()}")
        self.client.username_pw_set(code, secret)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self.cut_off.set()
        self.client.connect("127.0.0.1", broker.mqtt_port)
        self.client.loop_start()

    def _on_connect(self, client, userdata, flags, reason, properties):
        (self.refused if reason.is_failure else self.connected).set()

    def say(self, topic, payload):
        self.client.publish(topic, payload, qos=1).wait_for_publish(5)

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def gatekeeper(broker, transactional_db):
    keeper = Gatekeeper(broker.home)
    keeper.start()
    time.sleep(0.3)
    yield keeper
    keeper.stop()
    keeper.join(5)


@pytest.fixture
def enrolled(world):
    with world.scope():
        director = world.actor("community_director")
        yield {type_: enrol(NewDevice(f"{type_}-1", type_), actor=director) for type_ in ("lift", "smoke", "gateway")}


def wait_for(happens, seconds=5):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happens():
            return True
        time.sleep(0.05)
    return False


def test_a_device_may_publish_to_its_own_subject_and_no_other(broker, wire, enrolled, gatekeeper):
    lift = Thing(broker, "lift-1", enrolled["lift"].secret)
    assert lift.connected.wait(5)
    lift.say("linli/mx/lift-1/up", b"{}")
    assert wait_for(lambda: state(wire).last == 1)
    lift.say("linli/mx/smoke-1/up", b"{}")
    assert wait_for(lambda: PublishViolation.objects.filter(device_code="lift-1", what="linli.mx.smoke-1.up").exists())
    lift.say("linli/other/lift-1/up", b"{}")
    assert wait_for(lambda: PublishViolation.objects.count() == 2)
    assert state(wire).last == 1
    lift.leave()


def test_a_wrong_secret_or_an_unknown_device_is_refused_at_the_door(broker, enrolled, gatekeeper):
    for code, secret in (
        ("lift-1", "wrong"),
        ("nobody", enrolled["lift"].secret),
        ("smoke-1", enrolled["lift"].secret),
    ):
        thing = Thing(broker, code, secret)
        assert thing.refused.wait(5)
        assert not thing.connected.is_set()
        thing.leave()


def test_a_gateway_speaks_for_the_devices_of_its_community_only(broker, wire, enrolled, gatekeeper):
    gateway = Thing(broker, "gateway-1", enrolled["gateway"].secret)
    assert gateway.connected.wait(5)
    gateway.say("linli/mx/smoke-1/up", b"{}")
    gateway.say("linli/other/smoke-1/up", b"{}")
    gateway.say("linli/mx/lift-1/up", b"{}")
    assert wait_for(lambda: PublishViolation.objects.filter(what="linli.other.smoke-1.up").exists())
    assert state(wire).last == 2
    gateway.leave()


def test_revoking_cuts_a_live_connection_and_keeps_the_device_out(world, broker, enrolled, gatekeeper):
    lift = Thing(broker, "lift-1", enrolled["lift"].secret)
    smoke = Thing(broker, "smoke-1", enrolled["smoke"].secret)
    assert lift.connected.wait(5)
    assert smoke.connected.wait(5)
    time.sleep(1.2)
    revoke(enrolled["lift"].device, actor=world.actor("community_director"))
    assert lift.cut_off.wait(5)
    assert lift.refused.wait(5)
    assert not smoke.cut_off.is_set()
    lift.leave()
    smoke.leave()


def test_a_camera_connects_only_while_it_is_declared_and_is_cut_off_within_a_second_or_two(world, broker, gatekeeper):
    with world.scope():
        director = world.actor("community_director")
        made = world.put_in_force(camera_at(world.estate))
        camera = enrol(NewDevice("cam-1", "camera", building_id=world.buildings[0].pk), actor=director)
        smoke = enrol(NewDevice("smoke-1", "smoke"), actor=director)
    eye, nose = Thing(broker, "cam-1", camera.secret), Thing(broker, "smoke-1", smoke.secret)
    assert eye.connected.wait(5)
    assert nose.connected.wait(5)
    time.sleep(1.2)
    with world.scope():
        withdraw(made.pk, "换位置", actor=director)
    assert eye.cut_off.wait(5)
    assert eye.refused.wait(5)
    assert not nose.cut_off.is_set()
    with world.scope():
        world.put_in_force(camera_at(world.estate))
    eye.connected.clear()
    assert eye.connected.wait(10)
    eye.leave()
    nose.leave()


def test_a_new_secret_cuts_off_whoever_uses_the_old_one(world, broker, enrolled, gatekeeper):
    old = Thing(broker, "lift-1", enrolled["lift"].secret)
    assert old.connected.wait(5)
    time.sleep(1.2)
    with world.scope():
        renewed = renew_secret(enrolled["lift"].device, actor=world.actor("community_director"))
    assert old.cut_off.wait(5)
    assert old.refused.wait(5)
    new = Thing(broker, "lift-1", renewed.secret)
    assert new.connected.wait(5)
    time.sleep(1.5)
    assert not new.cut_off.is_set()
    old.leave()
    new.leave()


def test_two_devices_with_one_secret_are_noticed_and_one_that_comes_back_is_not(world, broker, enrolled, gatekeeper):
    gone = Thing(broker, "smoke-1", enrolled["smoke"].secret)
    assert gone.connected.wait(5)
    back = Thing(broker, "smoke-1", enrolled["smoke"].secret)
    assert back.connected.wait(5)
    first, second = (Thing(broker, "lift-1", enrolled["lift"].secret) for _ in range(2))
    assert first.connected.wait(5)
    assert second.connected.wait(5)

    def both_speak():
        for thing in (first, second):
            thing.say("linli/mx/lift-1/up", b"{}")
        back.say("linli/mx/smoke-1/up", b"{}")
        with world.scope():
            return Fault.objects.filter(kind="shared").exists()

    assert wait_for(both_speak, seconds=15)
    with world.scope():
        fault = Fault.objects.get(kind="shared")
        assert fault.device.code == "lift-1"
        assert "any-lift-1" in words_of(fault, fault.device)
        renew_secret(enrolled["lift"].device, actor=world.actor("community_director"))
        assert Fault.objects.get(kind="shared").over_at is not None
    for thing in (gone, back, first, second):
        thing.leave()
