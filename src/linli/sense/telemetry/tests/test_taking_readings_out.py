"""A consent ends, or somebody is erased: what the devices of the home said under it goes from everywhere."""

import json
import time
from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.models import Decline, Ending
from linli.foundation.privacy.consents.retention import Gathered
from linli.foundation.privacy.retention import finishing
from linli.foundation.privacy.retention.erasing import erase_resident
from linli.foundation.privacy.retention.models import Erasure, RegisterEntry
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.broker import service_address_of
from linli.sense.telemetry.lake import Lake, from_ms
from linli.sense.telemetry.models import Device, HotObservation, LastValue, Quarantined
from linli.sense.telemetry.queries import series
from linli.sense.telemetry.sealing import seal
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.stream import STREAM, ensure_stream, subject_of
from linli.sense.telemetry.tests.streaming import NOW, messages
from linli.sense.telemetry.wire import Connection

HOUR = 3_600_000


@pytest.fixture
def store(director, world, tmp_path, settings):
    settings.LINLI_HOME = tmp_path
    settings.LINLI_TOMBSTONES = tmp_path / "erased.ndjson"
    for code, home in (("w-1", 0), ("w-2", 1)):
        enrol(NewDevice(code, "water_meter", home_id=world.homes[home].pk), actor=director)
    store = Store(Lake(tmp_path / "lake"))
    store.open("first")
    return store


@pytest.fixture
def agreed(world, store):
    """The elder and the family next door agreed to the meter two days ago."""
    with clock.frozen(clock.now() - timedelta(days=2)):
        return {
            who: give_consent(world.residents[who], "water_care", channel="app", actor=world.actor(who))
            for who in ("elder", "resident")
        }


def speak(store, device, *values, since, hours_ago=0):
    contents = [{"t": NOW - (hours_ago + n) * HOUR, "v": {"volume": value}} for n, value in enumerate(values)]
    return store.store(messages(*contents, device=device, since=since))


def said(code):
    device = Device.objects.get(code=code)
    return [value for _, value in series(device, "volume", from_ms(0), clock.now() + timedelta(days=1))]


def carry_out():
    done = []
    while Gathered().step(clock.now(), lambda count, marks: done.append(count)):
        pass
    drain()
    finishing.finish_all()
    return sum(done)


def test_what_was_gathered_under_a_consent_goes_and_the_neighbours_stays(world, store, agreed):
    assert speak(store, "w-1", 1.0, 2.0, since=1).accepted == 2
    assert speak(store, "w-2", 5.0, since=3).accepted == 1
    seal(Lake(world_lake(store)), stream=STREAM, sequence=store.sequence)
    speak(store, "w-1", 3.0, since=4, hours_ago=5)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        withdraw_consent(agreed["elder"], actor=world.actor("elder"))
        found = Gathered().look(clock.now())
        assert (found.count, dict(found.details)) == (1, {"water_care": 1})
        assert carry_out() == 1
        assert said("w-1") == []
        assert said("w-2") == [5.0]
        assert not LastValue.objects.filter(device__code="w-1").exists()
        assert not HotObservation.objects.exists()
        ending = Ending.objects.get()
        assert ending.erased_at and ending.erased_at.date() <= ending.delete_by
        assert carry_out() == 0
    assert Erasure.objects.get().places["lake"] == 2
    assert RegisterEntry.objects.filter(what="lake", rule="consent", count=2).exists()


def world_lake(store):
    return store._lake.root


def test_what_came_before_the_consent_is_none_of_its_business(world, store, agreed):
    """Two consents one after the other: the first was erased when it ended, the second starts anew."""
    device = Device.objects.get(code="w-1")
    LastValue.objects.create(device=device, metric="volume", time=clock.now() - timedelta(days=9), value=1)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        withdraw_consent(agreed["elder"], actor=world.actor("elder"))
        carry_out()
    assert LastValue.objects.filter(device=device).exists()


def test_what_somebody_else_in_the_home_agreed_to_stays_while_nobody_says_no(world, store, agreed):
    """The newcomer moves in with the family, agrees, and moves out again: the family's readings are theirs."""
    speak(store, "w-2", 5.0, since=1)
    guest = world.residents["newcomer"]
    guest.home = world.homes[1]
    guest.save()
    director = world.actor("community_director")
    mine = give_consent(guest, "water_care", channel="door", evidence="x", actor=director)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        withdraw_consent(mine, channel="door", note="走了", actor=director)
        guest.home = world.homes[3]
        guest.save()
        assert Decline.objects.filter(resident=guest).exists()
        assert carry_out() == 1
    assert said("w-2") == [5.0]


def test_a_no_outweighs_a_yes_for_what_was_gathered_too(world, store, agreed):
    guest = world.residents["newcomer"]
    guest.home = world.homes[1]
    guest.save()
    director = world.actor("community_director")
    with clock.frozen(clock.now() - timedelta(minutes=90)):
        mine = give_consent(guest, "water_care", channel="door", evidence="x", actor=director)
    speak(store, "w-2", 5.0, 4.0, 3.0, since=1)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        withdraw_consent(mine, channel="door", note="不要了", actor=director)
        assert carry_out() == 1
    assert said("w-2") == [3.0], "what came before the guest's consent is the family's"


def test_somebody_erased_takes_the_readings_of_an_empty_home_along(world, store, agreed):
    speak(store, "w-1", 1.0, 2.0, since=1)
    Quarantined.objects.create(
        community=world.community, subject="x", device_code="w-1", sequence=9, payload=b'{"volume": "a lot"}',
        payload_size=19, code="bad_shape", received_at=clock.now() - timedelta(hours=1),
    )  # fmt: skip
    erase_resident(world.residents["elder"], reason="rights", about="rights:0", actor=world.actor("dpo"))
    drain()
    assert finishing.finish_all() == 1
    assert said("w-1") == []
    assert not Quarantined.objects.exists()
    assert Device.objects.get(code="w-1").last_seen_at is None


def test_the_stream_overwrites_what_it_still_holds(world, store, agreed, tmp_path, broker):
    link = Connection(service_address_of(broker), name="test")
    ensure_stream(link)
    for device, value in (("w-1", 81234.567), ("w-2", 91234.567)):
        link.request(subject_of("mx", device), json.dumps({"v": {"volume": value}}).encode())
    time.sleep(0.3)
    assert in_store(tmp_path, b"81234.567") and in_store(tmp_path, b"91234.567")
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        withdraw_consent(agreed["elder"], actor=world.actor("elder"))
        assert carry_out() == 1
    time.sleep(0.3)
    assert Erasure.objects.get().places["stream"] == 1
    assert not in_store(tmp_path, b"81234.567")
    assert in_store(tmp_path, b"91234.567"), "the neighbour's message is still there for a restore to catch up"
    link.close()


def test_while_the_message_server_is_away_the_erasure_waits(world, store, agreed, tmp_path):
    (tmp_path / "nats" / "store").mkdir(parents=True)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        withdraw_consent(agreed["elder"], actor=world.actor("elder"))
        carry_out()
        waiting = Erasure.objects.get()
        assert (waiting.ended_at, waiting.trouble, list(waiting.work)) == (None, "stream", ["stream", "endings"])
        assert Ending.objects.get().erased_at is None
        (tmp_path / "nats" / "store").rmdir()
        assert finishing.finish_all() == 1


def in_store(home, text):
    return any(text in path.read_bytes() for path in (home / "nats").rglob("*") if path.is_file())
