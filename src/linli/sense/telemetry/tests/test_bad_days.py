"""What devices do on bad days, and what is kept of it all the same."""

import random
from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.sense.telemetry.models import Fault, HotObservation, LastValue, Quarantined
from linli.sense.telemetry.tests.streaming import NOW, messages

MINUTE = 60_000


def minute(n, **values):
    return {"t": NOW + n * MINUTE, "v": values or {"floor": n % 9}}


def store_at(store, n, *contents):
    with clock.frozen(clock.now() + timedelta(minutes=n)):
        return store.store(messages(*contents, since=store.sequence + 1))


def test_a_clock_that_jumps_back_an_hour_loses_nothing_and_is_noticed(store, monday_morning):
    for n in range(10):
        assert store_at(store, n, minute(n)).accepted == 1
    for n in range(10, 15):
        assert store_at(store, n, {"t": NOW + (n - 60) * MINUTE, "v": {"floor": 3}}).accepted == 1
    assert HotObservation.objects.count() == 15
    assert LastValue.objects.get(metric="floor").value == 9 % 9
    fault = Fault.objects.get()
    assert (fault.kind, fault.detail["minutes"], fault.over_at) == ("clock", "-60", None)
    for n in range(15, 19):
        store_at(store, n, minute(n))
    assert Fault.objects.get().over_at is not None


@pytest.mark.parametrize("value", ["3", "on", None, [1], {"x": 1}, True])
def test_firmware_that_sends_something_else_than_numbers_loses_that_part_only(store, value):
    counts = store.store(messages({"t": NOW, "v": {"floor": value, "speed": 1.5}}))
    assert (counts.accepted, counts.quarantined) == (1, 1)
    assert (Quarantined.objects.get().code, Quarantined.objects.get().part) == ("not_a_number", "floor")


def test_messages_that_come_twice_and_in_any_order_are_kept_once_and_in_their_place(store):
    said = [minute(-n) for n in range(50)] * 3
    random.Random(7).shuffle(said)
    for start in range(0, len(said), 20):
        store.store(messages(*said[start : start + 20], since=store.sequence + 1))
    rows = HotObservation.objects.order_by("time").values_list("time", "value")
    assert list(rows) == [(NOW - n * MINUTE, float(-n % 9)) for n in reversed(range(50))]
    assert LastValue.objects.get(metric="floor").value == 0
