"""What a bridge brings is kept only of what a person took in, and by the same gates as what any device says."""

import json

import pytest

from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.models import Event
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.sense.telemetry.actions import NewDevice, enrol, revoke
from linli.sense.telemetry.ahead import Urgent
from linli.sense.telemetry.discovery import routing
from linli.sense.telemetry.discovery.actions import fingerprint, refuse, suggested_code, take_again, take_in
from linli.sense.telemetry.discovery.queries import candidates, load_candidate, subjects_through_bridges
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Candidate, Device, HotObservation, LastValue, Quarantined, Withheld
from linli.sense.telemetry.queries import values_of
from linli.sense.telemetry.stream import PREFIX, Message
from linli.sense.telemetry.tests.streaming import NOW

HALL = {"ids": ["0x00158d"], "name": "大厅温湿度", "mf": "Aqara", "mdl": "WSDCGQ11LM"}


class Bridge:
    """Speaks as a gateway does, through a store that remembers what it was told to erase."""

    def __init__(self, store):
        self.store, self.sequence, self.dropped = store, 0, []
        store.drop = self.dropped.extend

    def say(self, topic, payload, **extra):
        self.sequence += 1
        payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        subject = f"{PREFIX}linli.mx.HA-1.ha.{topic.replace('/', '.')}".encode()
        return self.store.store([Message(self.sequence, extra.pop("subject", subject), payload, b"", **extra)])

    def announce(self, key, component="sensor", device=HALL, **said):
        said = {"stat_t": "zigbee2mqtt/Hall", "val_tpl": f"{{{{ value_json.{key} }}}}", "dev": device} | said
        return self.say(f"homeassistant/{component}/{device['ids'][0]}/{key}/config", said)

    def announce_hall(self):
        self.announce("temperature", dev_cla="temperature", unit_of_meas="°C")
        self.announce("humidity", dev_cla="humidity", unit_of_meas="%")
        self.announce("battery", dev_cla="battery", unit_of_meas="%")


@pytest.fixture
def bridge(store, director, monkeypatch):
    monkeypatch.setattr(routing, "FRESH_SECONDS", 0)
    enrol(NewDevice("HA-1", "bridge"), actor=director)
    return Bridge(store)


def take(candidate, actor, kind="climate", **place):
    return take_in(candidate, NewDevice("hall-1", kind, **place), actor=actor, seen=seen(candidate))


def seen(candidate):
    return fingerprint(list(candidate.offers.all()))


def stored():
    return dict(HotObservation.objects.order_by("time").values_list("metric", "value"))


def test_a_candidate_is_written_down_and_nothing_it_says_is_kept_before_it_is_taken_in(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    assert (candidate.name, candidate.maker, candidate.model, candidate.state) == (
        "大厅温湿度", "Aqara", "WSDCGQ11LM", "open",
    )  # fmt: skip
    assert candidate.offers.count() == 3
    counts = bridge.say("zigbee2mqtt/Hall", {"temperature": 21.5, "humidity": 40, "battery": 90})
    assert (counts.accepted, counts.withheld, counts.quarantined) == (0, 1, 0)
    assert not (HotObservation.objects.exists() or LastValue.objects.exists() or Quarantined.objects.exists())
    assert bridge.dropped == [4]
    candidate.refresh_from_db()
    assert candidate.unkept == 1
    assert Withheld.objects.get().reason == "not_taken"


def test_once_taken_in_its_states_are_the_devices_own_readings(bridge, director):
    bridge.announce_hall()
    device = take(Candidate.objects.get(), director)
    counts = bridge.say("zigbee2mqtt/Hall", {"temperature": 21.5, "humidity": 40, "linkquality": 3}, arrived=NOW - 5000)
    assert (counts.accepted, counts.withheld) == (2, 0)
    assert stored() == {"temperature": 21.5, "humidity": 40.0}
    assert set(HotObservation.objects.values_list("device", "time")) == {(device.pk, NOW - 5000)}
    assert values_of(device, director) == [("温度", "21.5", "°C"), ("湿度", "40", "%")]
    assert bridge.dropped == []


def test_a_redelivered_state_changes_nothing(bridge, director):
    bridge.announce_hall()
    take(Candidate.objects.get(), director)
    bridge.say("zigbee2mqtt/Hall", {"temperature": 21.5}, arrived=NOW - 5000)
    bridge.sequence -= 1
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 21.5}, arrived=NOW - 5000).accepted == 0
    assert HotObservation.objects.count() == 1


def test_in_a_backlog_a_smoke_alarm_behind_a_bridge_is_read_ahead_and_not_twice(bridge, director, tmp_path):
    smoke = {"ids": ["0x00f00d"], "name": "楼道烟感"}
    bridge.announce("smoke", component="binary_sensor", device=smoke, dev_cla="smoke")
    take(Candidate.objects.get(), director, kind="smoke")
    bridge.announce_hall()
    subject = f"{PREFIX}linli.mx.HA-1.ha.zigbee2mqtt.Hall".encode()
    waiting = [
        Message(5, subject, b'{"temperature": 21}', b"", NOW - 9000),
        Message(6, subject, b'{"smoke": "ON", "temperature": 21}', b"", NOW - 8000),
    ]
    urgent = Urgent(Lake(tmp_path / "lake"))
    urgent.sequence = 4
    assert urgent.store(waiting).accepted == 1
    assert stored() == {"alarm": 1.0}
    assert bridge.dropped == []
    counts = bridge.store.store(waiting)
    assert (counts.accepted, counts.repeated) == (0, 0)
    assert stored() == {"alarm": 1.0}


def test_the_second_copy_of_an_acknowledged_message_goes_unread(bridge, director):
    bridge.announce_hall()
    take(Candidate.objects.get(), director)
    twin = b"linli.mx.HA-1.ha.zigbee2mqtt.Hall"
    assert bridge.say("", {"temperature": 21.5}, subject=twin, twin=True, arrived=NOW - 5000).accepted == 0
    assert bridge.dropped == [4]
    assert bridge.say("", {"temperature": 21.5}, subject=twin, arrived=NOW - 4000).accepted == 1


def test_a_bad_value_is_set_aside_with_the_device_and_can_be_replayed_there(bridge, director):
    bridge.announce_hall()
    take(Candidate.objects.get(), director)
    counts = bridge.say("zigbee2mqtt/Hall", {"temperature": 900, "humidity": "wet", "who": "阿婆在家"}, arrived=NOW)
    assert (counts.accepted, counts.quarantined) == (0, 2)
    rows = {row.part: row for row in Quarantined.objects.all()}
    assert {part: row.code for part, row in rows.items()} == {"temperature": "out_of_range", "humidity": "not_a_number"}
    assert rows["humidity"].subject == f"{PREFIX}linli.mx.hall-1.up"
    assert json.loads(rows["humidity"].payload) == {"t": NOW, "v": {"temperature": 900.0, "humidity": "wet"}}
    assert bridge.say("zigbee2mqtt/Hall", b"{", arrived=NOW).quarantined == 1
    assert Quarantined.objects.filter(device_code="hall-1", code="bad_json").exists()


def test_an_announcement_that_cannot_be_used_is_set_aside_with_its_reason(bridge):
    bridge.say("homeassistant/sensor/x/config", b"{")
    bridge.say("homeassistant/sensor/x/config", {"name": "no topic"})
    rows = Quarantined.objects.order_by("sequence")
    assert [(row.device_code, row.code) for row in rows] == [("HA-1", "bad_json"), ("HA-1", "announced_without")]
    assert "state_topic" in rows[1].reason
    assert not Candidate.objects.exists()


def test_a_state_that_nobody_announced_is_counted_and_forgotten(bridge):
    assert bridge.say("zigbee2mqtt/bridge/state", {"state": "online"}).withheld == 1
    assert Withheld.objects.get().reason == "not_offered"
    assert bridge.dropped == [1]
    assert not Quarantined.objects.exists()


def test_a_home_that_has_not_agreed_is_not_listened_to_through_a_bridge_either(bridge, world, director):
    home = world.homes[0]
    bridge.announce("water", dev_cla="water", unit_of_meas="L", device={"ids": ["w"], "name": "水表"})
    candidate = Candidate.objects.get()
    with pytest.raises(Conflict) as refused:
        take(candidate, director, "water_meter", home_id=home.pk)
    assert refused.value.code == "not_agreed"
    assert not Device.objects.filter(code="hall-1").exists()
    consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    take(candidate, director, "water_meter", home_id=home.pk)
    assert bridge.say("zigbee2mqtt/Hall", {"water": 1500}).accepted == 1
    assert stored() == {"volume": 1.5}
    withdraw_consent(consent, actor=world.actor("elder"))
    assert bridge.say("zigbee2mqtt/Hall", {"water": "x"}).unconsented == 1
    assert not Quarantined.objects.exists()


def test_what_tells_of_people_is_assessed_and_declared_first(bridge, director):
    bridge.announce("occupancy", "binary_sensor", dev_cla="occupancy", pl_on=True, pl_off=False)
    with pytest.raises(Conflict) as refused:
        take(Candidate.objects.get(), director, "presence")
    assert refused.value.code == "not_assessed"


def test_a_changed_offer_stops_until_somebody_has_looked_again(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    take(candidate, director)
    bridge.announce("temperature", dev_cla="temperature", unit_of_meas="°F")
    candidate.refresh_from_db()
    assert candidate.changed
    assert list(candidates(director)) == [candidate]
    bridge.say("zigbee2mqtt/Hall", {"temperature": 70, "humidity": 41})
    assert stored() == {"humidity": 41.0}
    take_again(candidate, actor=director, seen=seen(candidate))
    bridge.say("zigbee2mqtt/Hall", {"temperature": 212, "humidity": 42}, arrived=NOW + 1000)
    assert stored()["temperature"] == pytest.approx(100)
    assert list(candidates(director)) == []


def test_announcing_the_same_again_asks_nobody(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    take(candidate, director)
    bridge.announce_hall()
    bridge.announce("temperature", dev_cla="temperature", unit_of_meas="°C", name="别的名字")
    candidate.refresh_from_db()
    assert not candidate.changed
    assert Event.objects.filter(kind="telemetry.candidate_found").count() == 1


def test_an_empty_announcement_withdraws_the_offer(bridge, director):
    bridge.announce_hall()
    take(Candidate.objects.get(), director)
    bridge.say("homeassistant/sensor/0x00158d/temperature/config", b"")
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 20, "humidity": 40}).accepted == 1
    assert stored() == {"humidity": 40.0}
    for name in ("humidity", "battery"):
        bridge.say(f"homeassistant/sensor/0x00158d/{name}/config", b"")
    assert Candidate.objects.get().offers.count() == 0


def test_a_withdrawn_candidate_that_nobody_decided_about_goes(bridge):
    bridge.announce("temperature", dev_cla="temperature", unit_of_meas="°C")
    bridge.say("homeassistant/sensor/0x00158d/temperature/config", b"")
    assert not Candidate.objects.exists()


def test_what_was_refused_is_not_kept_and_does_not_ask_again(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    take(candidate, director)
    refuse(candidate, actor=director)
    bridge.announce("temperature", dev_cla="temperature", unit_of_meas="°F")
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 20}).accepted == 0
    assert list(candidates(director)) == []
    assert [found.pk for found in candidates(director, "refused")] == [candidate.pk]
    with pytest.raises(Conflict):
        refuse(candidate, actor=director)


def test_revoking_the_bridge_cuts_all_and_keeps_no_word_of_what_comes_after(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    take(candidate, director)
    revoke(Device.objects.get(code="HA-1"), actor=director)
    bridge.store.open("first")
    counts = bridge.say("zigbee2mqtt/Hall", {"temperature": 20, "who": "阿婆"})
    assert (counts.accepted, counts.quarantined) == (0, 1)
    row = Quarantined.objects.get()
    assert (row.code, bytes(row.payload), row.device_code) == ("revoked_device", b"", "HA-1")
    assert bridge.dropped == [4]
    with pytest.raises(Conflict) as refused:
        take_again(candidate, actor=director, seen=seen(candidate))
    assert refused.value.code == "bridge_revoked"


def test_a_revoked_device_hears_no_more_and_can_be_taken_in_anew(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    device = take(candidate, director)
    revoke(device, actor=director)
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 20}).withheld == 1
    assert not Quarantined.objects.exists()
    candidate.refresh_from_db()
    again = take_in(
        candidate, NewDevice(suggested_code(candidate), "climate"), actor=director, seen=seen(candidate)
    )  # fmt: skip
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 21}).accepted == 1
    assert LastValue.objects.get().device == again


def test_two_who_look_at_once_do_not_take_it_in_twice_nor_what_they_have_not_seen(bridge, director):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    looked = seen(candidate)
    bridge.announce("temperature", dev_cla="temperature", unit_of_meas="K")
    with pytest.raises(Conflict) as refused:
        take_in(candidate, NewDevice("hall-1", "climate"), actor=director, seen=looked)
    assert refused.value.code == "changed_meanwhile"
    take(candidate, director)
    with pytest.raises(Conflict) as refused:
        take_in(candidate, NewDevice("hall-2", "climate"), actor=director, seen=seen(candidate))
    assert refused.value.code == "already_taken"
    assert not Device.objects.filter(code="hall-2").exists()


def test_it_becomes_no_kind_that_its_offers_do_not_make(bridge, director):
    bridge.announce_hall()
    with pytest.raises(Invalid) as refused:
        take(Candidate.objects.get(), director, "smoke")
    assert refused.value.code == "other_kind"


def test_only_community_staff_of_this_community_decides(bridge, world, other_world):
    bridge.announce_hall()
    candidate = Candidate.objects.get()
    for who in ("grid_worker", "resident", "auditor"):
        actor = world.actor(who)
        with pytest.raises(NotAllowed):
            take(candidate, actor)
        with pytest.raises(NotAllowed):
            refuse(candidate, actor=actor)
        assert list(candidates(actor)) == []
    with other_world.scope():
        assert list(candidates(other_world.actor("community_director"))) == []


def test_a_withdrawn_consent_takes_out_of_the_stream_what_the_bridge_said(bridge, director):
    bridge.announce_hall()
    device = take(Candidate.objects.get(), director)
    assert subjects_through_bridges(device) == [
        f"{PREFIX}linli.mx.HA-1.ha.zigbee2mqtt.Hall", "linli.mx.HA-1.ha.zigbee2mqtt.Hall",
    ]  # fmt: skip
    assert load_candidate(Candidate.objects.get().pk, actor=director).device == device


def test_an_ordinary_device_cannot_speak_as_a_bridge(bridge):
    counts = bridge.say("", b"{}", subject=b"linli.mx.lift-1.ha.homeassistant.sensor.x.config")
    assert counts.quarantined == 1
    assert Quarantined.objects.get().code == "unknown_device"


def test_a_bridge_that_announces_without_end_is_stopped(bridge, monkeypatch):
    monkeypatch.setattr("linli.sense.telemetry.discovery.learning.MOST_CANDIDATES", 2)
    for n in range(3):
        bridge.announce("temperature", dev_cla="temperature", unit_of_meas="°C", device={"ids": [f"d{n}"]})
    assert Candidate.objects.count() == 2
    assert Quarantined.objects.get().code == "announced_too_many"


@pytest.mark.parametrize("keys", [("", "x"), ("k" * 64 + "1", "k" * 64 + "2")])
def test_an_announcement_that_names_two_things_alike_is_set_aside_and_stops_nobody(bridge, keys):
    one = {"p": "sensor", "stat_t": "a"}
    bridge.say("homeassistant/device/x/config", {"dev": {"ids": "x"}, "cmps": dict.fromkeys(keys, one)})
    assert Quarantined.objects.get().code == "announced_twice"
    bridge.announce_hall()
    assert Candidate.objects.count() == 1


def test_an_announcement_on_a_topic_too_long_to_write_down_is_set_aside(bridge):
    bridge.say(f"homeassistant/sensor/{'x' * 300}/config", {"stat_t": "a"})
    assert Quarantined.objects.get().code == "announced_topic"
    assert not Candidate.objects.exists()


def test_a_bridge_that_announces_faster_than_anybody_needs_is_counted_and_not_kept(bridge):
    rubbish = b"{" * 60_000
    for _ in range(100):
        bridge.say("homeassistant/sensor/x/config", rubbish, arrived=NOW)
    kept = Quarantined.objects.count()
    assert 50 < kept < 100
    too_fast = Withheld.objects.get()
    assert (too_fast.reason, too_fast.times) == ("announced_too_fast", 100 - kept)


def test_what_is_announced_anew_is_not_taken_in_the_next_moment_by_what_was_agreed_to_before(
    bridge, director, monkeypatch
):
    bridge.announce_hall()
    take(Candidate.objects.get(), director)
    monkeypatch.setattr(routing, "FRESH_SECONDS", 60)
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 21.5}, arrived=NOW - 5000).accepted == 1
    bridge.announce("temperature", dev_cla="temperature", unit_of_meas="°F")
    assert bridge.say("zigbee2mqtt/Hall", {"temperature": 70}, arrived=NOW - 4000).accepted == 0
