"""One device that says far too much: the others are stored and heard as ever, and what matters of it still counts."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.sense.telemetry import flow as limits
from linli.sense.telemetry import publishing
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.conditions import conditions_of, tallies
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.flow import BURST_AT_LEAST, BYTES_SHIFT, CHANGE_EVERY_MS, KEPT_SECONDS, PER_SECOND, Flow
from linli.sense.telemetry.models import DeviceEntry, Fault, HotObservation, IngestCursor, Quarantined
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.stream import Message, Reader, ensure_stream, subject_of
from linli.sense.telemetry.tests.streaming import NOW

MINUTE = 60_000
SMALL = 60
BURST = 1_000
ORDINARY = sorted(key for key, kind in CATALOGUE.items() if not kind.any_past)
SOS = CATALOGUE["sos"].metrics


@given(
    kind=st.sampled_from(ORDINARY),
    held_back=st.floats(0, 1),
    jitter=st.lists(st.floats(0, 1), min_size=1, max_size=8),
    hours=st.integers(0, 48),
)
def test_who_speaks_as_often_as_its_kind_does_is_never_over_even_after_a_month_without_a_line(
    kind, held_back, jitter, hours
):
    flow = Flow.of(CATALOGUE[kind])
    cadence = CATALOGUE[kind].cadence.total_seconds()
    waiting = int(held_back * KEPT_SECONDS / cadence)
    assert all(flow.takes(NOW, SMALL) for _ in range(waiting))
    every = max(cadence * 1000, 1000)
    for n in range(min(500, int(hours * 3_600_000 / every))):
        assert flow.takes(round(NOW + every * (n + jitter[n % len(jitter)] / 2)), SMALL)


@given(
    kind=st.sampled_from(ORDINARY),
    steps=st.lists(st.tuples(st.integers(-5_000, 60_000), st.integers(0, 5_000), st.integers(1, 2_000)), max_size=60),
)
def test_whatever_comes_no_more_is_taken_than_what_may_be_held_and_what_has_run_out(kind, steps):
    flow = Flow.of(CATALOGUE[kind])
    most = max(BURST_AT_LEAST, 2 * KEPT_SECONDS / CATALOGUE[kind].cadence.total_seconds())
    at, taken, run_out, largest = NOW, 0, 0.0, 0
    for passed, size, times in steps:
        at += passed
        run_out += max(0, passed) / 1000 * PER_SECOND
        largest = max(largest, 1 + (size >> BYTES_SHIFT))
        taken += sum(1 + (size >> BYTES_SHIFT) for _ in range(times) if flow.takes(at, size))
    assert taken <= most + run_out + largest + 1e-6


@given(
    said=st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from([0, 1])), min_size=1, max_size=200),
    first=st.sampled_from([None, 0, 1]),
)
@example(said=[(0, 1), (0, 0)], first=0)
def test_in_a_flood_the_first_press_is_heard_at_once_and_the_last_state_in_the_end(said, first):
    flow = Flow.of(CATALOGUE["sos"])
    flow.go_on(NOW, 0)
    if first is not None:
        flow.heard([("pressed", NOW, first)], SOS, NOW)
    at, kept = NOW, []
    for passed, pressed in said:
        at += passed
        kept += flow.changes([("pressed", at, pressed)], SOS, at)
    presses = [moment for _, moment, pressed in kept if pressed]
    if first != 1 and any(pressed for _, pressed in said):
        began = NOW + next(sum(p for p, _ in said[: n + 1]) for n, one in enumerate(said) if one[1])
        assert presses[0] == began
    for one in (0, 1):
        moments = [moment for _, moment, pressed in kept if pressed == one]
        assert all(b - a >= CHANGE_EVERY_MS for a, b in pairwise(moments))
    at += CHANGE_EVERY_MS
    kept += flow.changes([("pressed", at, said[-1][1])], SOS, at)
    assert (kept[-1][2] if kept else first) == said[-1][1]


@given(value=st.floats(0, 100), rise=st.floats(4, 100))
def test_in_a_flood_gas_that_rises_is_heard_at_once(value, rise):
    flow = Flow.of(CATALOGUE["gas"])
    flow.go_on(NOW, 0)
    metrics = CATALOGUE["gas"].metrics
    flow.heard([("lel", NOW, value)], metrics, NOW)
    assert flow.changes([("lel", NOW, value)], metrics, NOW + 1) == []
    higher = min(100.0, value + rise)
    if higher >= value + 4:
        assert flow.changes([("lel", NOW, higher)], metrics, NOW + 2) == [("lel", NOW, higher)]


@pytest.fixture
def button(world, director, monkeypatch):
    """An SOS button at a building, which is where its repair is looked to; it may say :data:`BURST` messages at once."""
    monkeypatch.setattr(limits, "BURST_AT_LEAST", BURST)
    return enrol(NewDevice("sos-1", "sos", building_id=world.buildings[0].pk), actor=director).device


def pressed(n, value, arrived, *, device="sos-1", since=1, asked=False):
    payload = json.dumps({"t": NOW + since + n, "v": {"pressed": value}}).encode()
    return Message(since + n, subject_of("mx", device), payload, b"", arrived, asked)


def flood(store, count, *, arrived=NOW, press=None):
    """``count`` messages within a second that the button is not pressed, but for the one of number ``press``."""
    since = store.sequence + 1
    return store.store([pressed(n, int(n == press), arrived, since=since) for n in range(count)])


def test_what_is_over_is_counted_told_once_and_over_when_it_is_calm(store, button, world, director):
    counts = flood(store, 3_000)
    assert counts.accepted + counts.flooded == 3_000
    assert HotObservation.objects.count() == counts.accepted == BURST + 1
    assert IngestCursor.objects.get().flooded == counts.flooded
    fault = Fault.objects.get()
    assert (fault.kind, fault.detail["count"], fault.over_at) == ("flood", str(counts.flooded), None)
    assert tallies(director)["flood"] == 1
    assert str(counts.flooded) in conditions_of([button])[button.pk][-1].words
    assert DeviceEntry.objects.filter(device=button, what="maintenance").count() == 1
    flood(store, 3_000, arrived=NOW + 1000)
    assert Fault.objects.get().times == 2
    assert DeviceEntry.objects.filter(device=button, what="maintenance").count() == 1
    later = NOW + 10 * MINUTE
    assert store.store([pressed(0, 0, later, since=store.sequence + 1)]).accepted == 1
    assert Fault.objects.get().over_at is not None
    assert tallies(director)["flood"] == 0


def test_a_flood_ends_though_nobody_says_anything_after_it(store, button):
    flood(store, 2_000)
    store.look_for_calm()
    assert Fault.objects.get().over_at is None
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        store.look_for_calm()
    assert Fault.objects.get().over_at is not None


def test_a_press_in_the_midst_of_its_own_flood_is_stored(store, button):
    flood(store, 3_000)
    counts = flood(store, 3_000, arrived=NOW + 2 * CHANGE_EVERY_MS, press=1_500)
    run_out = 2 * CHANGE_EVERY_MS / 1000 * PER_SECOND
    assert counts.accepted == run_out + 2, "that it is pressed, and that it no longer is"
    assert HotObservation.objects.get(value=1).metric == "pressed"


def test_who_floods_is_known_after_a_restart_and_after_a_batch_that_failed(store, button, tmp_path, monkeypatch):
    counts = flood(store, 2_000)
    again = Store(store._lake)
    again.open("first")
    assert flood(again, 100, arrived=NOW + 100).accepted == 1, "its state, once: what stands before is not remembered"
    assert int(Fault.objects.get().detail["count"]) == counts.flooded + 99
    with monkeypatch.context() as broken:
        broken.setattr(IngestCursor, "save", lambda *args, **rest: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            flood(again, 100, arrived=NOW + 100)
    assert flood(again, 100, arrived=NOW + 100).accepted == 1
    assert int(Fault.objects.get().detail["count"]) == counts.flooded + 198


def test_a_backlog_that_waited_to_be_stored_is_no_flood(store, director):
    since = store.sequence + 1
    said = [
        Message(since + n, subject_of("mx", "lift-1"), b'{"t":%d,"v":{"floor":3}}' % (NOW - n), b"", NOW - 86_400_000 + n * 700)
        for n in range(5_000)
    ]  # fmt: skip
    assert store.store(said).accepted == 5_000
    assert not Fault.objects.exists()


def test_broken_and_strange_messages_run_over_too(store, button):
    since = store.sequence + 1
    counts = store.store([Message(since + n, subject_of("mx", "sos-1"), b"{", b"", NOW) for n in range(2_000)])
    assert (counts.quarantined, counts.flooded) == (BURST, 1_000)
    since = store.sequence + 1
    counts = store.store([Message(since + n, subject_of("mx", f"no-{n}"), b"{}", b"", NOW) for n in range(2_000)])
    assert (counts.quarantined, counts.flooded) == (BURST, 1_000)
    assert Quarantined.objects.count() == 2 * BURST
    assert store.store([pressed(7, 1, NOW, device="lift-1", since=store.sequence + 1)]).flooded == 0


def test_a_button_that_stands_nowhere_is_told_of_by_its_condition_alone(store, director, monkeypatch):
    monkeypatch.setattr(limits, "BURST_AT_LEAST", BURST)
    enrol(NewDevice("sos-1", "sos"), actor=director)
    assert flood(store, 2_000).flooded > 0
    assert Fault.objects.get().kind == "flood"
    assert not DeviceEntry.objects.filter(what="maintenance").exists()


def test_what_a_person_asked_for_is_no_flood_and_no_device_can_say_so(settings, broker, wire, store, button):
    settings.LINLI_HOME = broker.home
    publishing.forget_connection()
    ensure_stream(wire)
    publishing.publish(subject_of("mx", "sos-1"), b'{"t":%d,"v":{"pressed":0}}' % NOW, asked=True)
    publishing.publish(subject_of("mx", "sos-1"), b'{"t":%d,"v":{"pressed":0}}' % (NOW + 1))
    publishing.forget_connection()
    read = Reader(wire, after=0).batch(most=2, seconds=5, idle_seconds=5)
    assert [message.asked for message in read] == [True, False]
    assert 0 <= read[1].arrived - read[0].arrived < MINUTE
    flood(store, 2_000)
    asked = [message._replace(sequence=store.sequence + 1 + n, arrived=NOW) for n, message in enumerate(read)]
    assert store.store(asked[:1]).flooded == 0
