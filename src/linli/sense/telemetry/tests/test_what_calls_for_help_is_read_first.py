"""A backlog: what urgent devices say comes first, and in the end all is as if everything had been read in its order."""

import json
import random
import time
from collections import defaultdict

import pytest

from linli.sense.telemetry import taps
from linli.sense.telemetry.actions import NewDevice, enrol, enrol_many
from linli.sense.telemetry.ahead import Ahead, Urgent
from linli.sense.telemetry.broker import service_address_of
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, HotObservation, IngestCursor, LastValue, Quarantined
from linli.sense.telemetry.queries import Lags, ingest_lags
from linli.sense.telemetry.sealing import seal
from linli.sense.telemetry.storing import Counts, Store
from linli.sense.telemetry.stream import STREAM, Message, call, ensure_stream, state, subject_of
from linli.sense.telemetry.tests.streaming import NOW
from linli.sense.telemetry.wire import Connection, WireError

SECOND = 1_000


@pytest.fixture
def shown(monkeypatch):
    """What one tap sees, to which lifts are urgent."""
    monkeypatch.setattr(taps, "registered", {})
    seen: list[taps.Observed] = []
    taps.register("watches", seen.extend, urgent_types=frozenset({"lift"}))
    return seen


def a_street_says(chance: random.Random, most: int) -> list[Message]:
    """Of two lifts and a water meter: readings new, late, told twice and wrong, and of somebody unknown."""
    said: list[Message] = []
    for sequence in range(1, most + 1):
        device = chance.choice(["lift-1", "lift-2", "w-1", "nobody"])
        moment = NOW - 3_600_000 + SECOND * (sequence + chance.choice([0, 0, 0, -5, -40]))
        metric, value = ("volume", float(sequence)) if device == "w-1" else ("floor", float(chance.randrange(1, 9)))
        payload = {"t": moment, "v": {metric: value}}
        if chance.random() < 0.1:
            payload["v"]["nonsense"] = 1
        content = json.dumps(payload).encode()
        if said and chance.random() < 0.15:
            device, content = said[-1].subject.split(b".")[-2].decode(), said[-1].payload
        said.append(Message(sequence, subject_of("mx", device), content, b""))
    return said


class Reading:
    """The stores of one instance; a restart makes them anew from what is in the database, as a killed process does."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.restart()

    def restart(self) -> None:
        self.main = Store(self.lake)
        self.main.open("first")
        self.urgent: Urgent | None = None

    def ahead(self, messages: list[Message], many: int) -> None:
        if self.urgent is None:
            self.urgent = Urgent(self.lake)
            self.urgent.sequence = max(self.main.sequence, IngestCursor.objects.get().ahead)
        self.urgent.store([one for one in messages if one.sequence > self.urgent.sequence][:many])

    def on(self, messages: list[Message], many: int) -> None:
        self.main.store([one for one in messages if one.sequence > self.main.sequence][:many])


def everything(shown):
    by_device = defaultdict(list)
    for one in shown:
        by_device[one.device_code].append(one)
    cursor = IngestCursor.objects.get()
    sealed = Device.objects.values_list("pk", flat=True)
    return {
        "rows": sorted(
            HotObservation.objects.filter(device__in=sealed).values_list("device", "metric", "time", "value")
        ),
        "last": sorted(LastValue.objects.values_list("device", "metric", "time", "value")),
        "aside": sorted(Quarantined.objects.values_list("sequence", "part", "code", "device_code")),
        "counts": (cursor.sequence, cursor.accepted, cursor.repeated, cursor.quarantined),
        "shown": {code: sorted(seen) for code, seen in by_device.items()},
    }


@pytest.mark.parametrize("seed", range(25))
def test_however_it_is_read_ahead_and_interrupted_all_ends_as_if_read_in_order(world, tmp_path, director, shown, seed):
    enrol_many(
        [NewDevice("lift-1", "lift"), NewDevice("lift-2", "lift"), NewDevice("w-1", "water_meter")], actor=director
    )
    chance = random.Random(seed)
    messages = a_street_says(chance, 80)

    plain = Reading(Lake(tmp_path / "plain"))
    while plain.main.sequence < 80:
        plain.on(messages, chance.randint(1, 20))
    wanted = everything(shown)
    for model in (HotObservation, LastValue, Quarantined, IngestCursor):
        model.objects.all().delete()
    shown.clear()

    reading = Reading(Lake(tmp_path / "ahead"))
    while reading.main.sequence < 80:
        match chance.choice(["ahead", "ahead", "on", "on", "on", "restart"]):
            case "ahead":
                reading.ahead(messages, chance.randint(1, 30))
            case "on":
                reading.on(messages, chance.randint(1, 20))
            case "restart":
                reading.restart()
    assert everything(shown) == wanted


def test_what_was_read_ahead_and_sealed_meanwhile_is_found_in_the_lake(store, shown, tmp_path):
    messages = [
        Message(1, subject_of("mx", "w-1"), b'{"t":%d,"v":{"volume":1}}' % NOW, b""),
        Message(2, subject_of("mx", "lift-1"), b'{"t":%d,"v":{"floor":3}}' % NOW, b""),
    ]
    urgent = Urgent(Lake(tmp_path / "lake"))
    urgent.store(messages)
    assert [(one.device_code, one.value) for one in shown] == [("lift-1", 3.0)]
    seal(Lake(tmp_path / "lake"), stream=STREAM, sequence=0)
    counts = store.store(messages)
    assert (counts.accepted, counts.repeated) == (1, 0)
    assert [one.device_code for one in shown] == ["lift-1", "w-1"]
    assert HotObservation.objects.get().metric == "volume"


def test_what_the_main_reader_stored_meanwhile_is_known_when_it_comes_again(store, shown, tmp_path):
    said = [
        Message(n, subject_of("mx", "lift-1"), b'{"t":%d,"v":{"floor":%d}}' % (NOW - 9 * SECOND + moment, floor), b"")
        for n, moment, floor in ((1, 0, 3), (2, 1_000, 4), (3, 1_000, 4))
    ]
    urgent = Urgent(Lake(tmp_path / "lake"))
    urgent.store(said[:1])
    store.store(said[:2])
    assert urgent.store(said[2:]).repeated == 1
    store.store(said[2:])
    assert [one.value for one in shown] == [3.0, 4.0]
    cursor = IngestCursor.objects.get()
    assert (cursor.accepted, cursor.repeated) == (2, 1)


def test_ingest_waits_for_the_message_server_also_where_it_goes_away_between_two_readers(
    store, tmp_path, shown, broker
):
    address = service_address_of(broker)
    ahead, link = Ahead(Lake(tmp_path / "lake"), address, backlog=1), Connection(address, name="test")
    ensure_stream(link)
    call(link, f"STREAM.DELETE.{STREAM}")
    with pytest.raises(WireError):
        ahead.look(store, 10)
    ahead.close()
    ensure_stream(link)
    link.close()
    assert ahead.look(store, 10) == Counts()
    ahead.close()


def test_a_device_enrolled_between_both_readings_is_stored_when_its_turn_comes(store, shown, tmp_path, director):
    messages = [Message(1, subject_of("mx", "lift-9"), b'{"t":%d,"v":{"floor":3}}' % NOW, b"")]
    Urgent(Lake(tmp_path / "lake")).store(messages)
    assert IngestCursor.objects.get().ahead == 1 and shown == []
    enrol(NewDevice("lift-9", "lift"), actor=director)
    assert store.store(messages).accepted == 1
    assert [one.device_code for one in shown] == ["lift-9"]


def test_a_stream_that_was_made_anew_is_not_taken_for_read(store, shown, tmp_path):
    Urgent(Lake(tmp_path / "lake")).store(
        [Message(7, subject_of("mx", "lift-1"), b'{"t":%d,"v":{"floor":3}}' % (NOW - SECOND), b"")]
    )
    store.open("another")
    said = [Message(1, subject_of("mx", "lift-1"), b'{"t":%d,"v":{"floor":4}}' % NOW, b"")]
    assert store.store(said).accepted == 1
    assert len(shown) == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_hour_of_meters_does_not_keep_a_lift_waiting(broker, wire, world, shown, settings, transactional_db):
    settings.LINLI_HOME = broker.home
    with world.scope():
        new = [NewDevice("lift-1", "lift"), NewDevice("w-1", "water_meter")]
        enrol_many(new, actor=world.actor("community_director"))
    ensure_stream(wire)
    now = int(time.time() * 1000) - 600 * SECOND
    meters = [(subject_of("mx", "w-1"), b'{"t":%d,"v":{"volume":%d}}' % (now + n, n)) for n in range(12_000)]
    wire.publish_many(meters)
    wire.request(subject_of("mx", "lift-1"), b'{"t":%d,"v":{"floor":7}}' % now, timeout=30)
    ingest = Ingest(broker.home, say=lambda words: None, backlog=1_000)
    ingest.run(until=state(wire).last)
    assert [one.device_code for one in shown] == ["lift-1", *["w-1"] * 12_000]
    assert (ingest.counts.accepted, ingest.counts.repeated) == (12_001, 0)
    assert IngestCursor.objects.get().accepted == 12_001
    assert ingest_lags() == Lags(urgent=False, others=False)
