from datetime import UTC, datetime, timedelta

import pytest

from linli.sense.telemetry import taps
from linli.sense.telemetry.actions import revoke
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import HotObservation, IngestCursor, LastValue, Quarantined
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.tests.streaming import NOW, messages
from linli.testing import MONDAY_MORNING


def codes():
    return list(Quarantined.objects.order_by("sequence", "pk").values_list("part", "code"))


def test_it_stores_observations_last_values_when_seen_and_the_place_in_the_stream(store):
    counts = store.store(messages({"t": NOW - 2000, "v": {"floor": 3, "speed": 0.5}}, {"t": NOW, "v": {"floor": 4}}))
    assert (counts.accepted, counts.repeated, counts.quarantined) == (3, 0, 0)
    assert list(HotObservation.objects.order_by("time", "metric").values_list("metric", "time", "value")) == [
        ("floor", NOW - 2000, 3.0), ("speed", NOW - 2000, 0.5), ("floor", NOW, 4.0),
    ]  # fmt: skip
    last = LastValue.objects.select_related("device").get(metric="floor")
    assert (last.value, last.time, last.device.last_seen_at) == (4.0, MONDAY_MORNING, MONDAY_MORNING)
    cursor = IngestCursor.objects.get()
    assert (cursor.sequence, cursor.accepted) == (2, 3)


def test_a_redelivered_message_changes_nothing(store):
    batch = messages({"t": NOW, "v": {"floor": 3}})
    store.store(batch)
    counts = store.store(batch)
    assert (counts.accepted, counts.repeated) == (0, 0)
    assert IngestCursor.objects.get().accepted == 1


def test_the_same_observation_sent_again_is_counted_as_repeated(store):
    said = {"t": NOW, "v": {"floor": 3}}
    assert store.store(messages(said, said)).repeated == 1
    assert store.store(messages(said, since=3)).repeated == 1
    assert HotObservation.objects.count() == 1


def test_late_observations_are_stored_once_and_do_not_turn_the_last_value_back(store):
    store.store(messages({"t": NOW, "v": {"floor": 9}}))
    late = {"t": NOW - 3_600_000, "v": {"floor": 1}}
    counts = store.store(messages(late, late, since=2))
    assert (counts.accepted, counts.repeated) == (1, 1)
    assert LastValue.objects.get().value == 9


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b"", ("", "bad_json")),
        (b"{", ("", "bad_json")),
        (b"\xff\xfe", ("", "bad_json")),
        (b"[" * 100_000, ("", "bad_json")),
        (b"null", ("", "bad_shape")),
        (b"[]", ("", "empty")),
        (b'{"t": 1}', ("", "bad_shape")),
        ({"t": NOW, "v": {}}, ("", "empty")),
        ({"t": "yesterday", "v": {"floor": 1}}, ("floor", "bad_time")),
        ({"t": 0, "v": {"floor": 1}}, ("floor", "clock_behind")),
        ({"t": 10**30, "v": {"floor": 1}}, ("floor", "clock_ahead")),
        ({"t": "2099-01-01T00:00:00Z", "v": {"floor": 1}}, ("floor", "clock_ahead")),
        ({"t": NOW + 660_000, "v": {"floor": 1}}, ("floor", "clock_ahead")),
        ({"t": NOW, "v": {"hum": 1}}, ("hum", "unknown_metric")),
        ({"t": NOW, "v": {"floor": "3"}}, ("floor", "not_a_number")),
        ({"t": NOW, "v": {"floor": True}}, ("floor", "not_a_number")),
        ({"t": NOW, "v": {"floor": None}}, ("floor", "not_a_number")),
        ({"t": NOW, "v": {"floor": float("nan")}}, ("floor", "not_finite")),
        ({"t": NOW, "v": {"floor": float("inf")}}, ("floor", "not_finite")),
        ({"t": NOW, "v": {"floor": 10**400}}, ("floor", "not_finite")),
        ({"t": NOW, "v": {"door_open": 2}}, ("door_open", "out_of_range")),
        ({"t": NOW, "v": {"a\0b\ud800": 1}}, ("ab?", "unknown_metric")),
        (b'{"t": 1, "v": {"floor": 1}}' + b" " * 5_000_000, ("", "too_large")),
    ],
)  # fmt: skip
def test_what_cannot_be_accepted_is_set_aside_with_the_reason(store, payload, fault):
    counts = store.store(messages(payload))
    assert (counts.accepted, counts.quarantined) == (0, 1)
    assert codes() == [fault]
    assert Quarantined.objects.get().reason
    assert IngestCursor.objects.get().sequence == 1


def test_the_good_parts_of_a_message_are_stored_beside_the_bad_ones(store):
    counts = store.store(
        messages([{"t": NOW, "v": {"floor": 3, "hum": 1, "speed": float("nan")}}, {"t": "?", "v": {"floor": 4}}, 7])
    )
    assert (counts.accepted, counts.quarantined) == (1, 4)
    assert codes() == [
        ("hum", "unknown_metric"),
        ("speed", "not_finite"),
        ("1.floor", "bad_time"),
        ("2", "bad_shape"),
    ]


def test_strangers_are_set_aside(store, world, other_world, director):
    from linli.sense.telemetry.models import Device

    said = {"t": NOW, "v": {"floor": 3}}
    store.store(messages(said, device="nobody"))
    store.store(messages(said, community="other", since=2))
    revoke(Device.objects.get(code="lift-1"), actor=director)
    fresh = Store(Lake(store._lake.root))
    fresh.open("first")
    fresh.store(messages(said, since=3))
    assert codes() == [("", "unknown_device"), ("", "wrong_community"), ("", "revoked_device")]
    assert Quarantined.objects.get(code="wrong_community").community == other_world.community


def test_a_message_with_very_many_faults_leaves_few_rows_and_the_right_count(store):
    counts = store.store(messages({"t": NOW, "v": {f"m{n}": n for n in range(5000)}}))
    assert counts.quarantined == 5000
    assert Quarantined.objects.count() == 21
    assert Quarantined.objects.get(code="and_more").detail == {"count": "4980"}


def test_a_replayed_series_may_be_old_but_a_device_that_speaks_now_may_not(store):
    old = {"t": "2014-02-14 14:30:00", "v": {"value": -1e300}}
    assert store.store(messages(old, device="s-1")).accepted == 1
    assert store.store(messages({"t": "2014-02-14 14:30:00", "v": {"floor": 1}}, since=2)).quarantined == 1


def test_a_stream_that_starts_anew_is_read_from_its_beginning(store, tmp_path):
    store.store(messages({"t": NOW - 5, "v": {"floor": 3}}, {"t": NOW - 4, "v": {"floor": 3}}))
    again = Store(Lake(tmp_path / "lake"))
    assert again.open("first") == 2
    assert again.open("second") == 0
    assert again.store(messages({"t": NOW - 5, "v": {"floor": 3}}, {"t": NOW, "v": {"floor": 3}})).accepted == 1


def test_taps_see_each_new_observation_once(store, monkeypatch, world):
    monkeypatch.setattr(taps, "registered", {})
    shown: list = []
    taps.register("watch", shown.extend, device_types=frozenset({"lift"}))
    said = {"t": NOW, "v": {"floor": 3}}
    store.store(messages(said, said) + messages({"t": NOW, "v": {"battery": 50}}, device="w-1", since=3))
    assert [(o.device_code, o.metric, o.time, o.value) for o in shown] == [("lift-1", "floor", MONDAY_MORNING, 3.0)]


DAYS = 86_400_000


@pytest.mark.parametrize("newest_first", [True, False])
def test_old_readings_that_a_person_brings_are_stored_and_raise_no_alarm(store, monkeypatch, world, newest_first):
    monkeypatch.setattr(taps, "registered", {})
    shown: list = []
    taps.register("watch", shown.extend)
    times = sorted((NOW - 20 * DAYS, NOW - DAYS - 1, NOW - DAYS, NOW), reverse=newest_first)
    brought = messages(*({"t": t, "v": {"floor": 3}} for t in times))
    assert store.store([message._replace(asked=True) for message in brought]).accepted == 4
    assert HotObservation.objects.count() == 4
    assert [o.time for o in shown] == [MONDAY_MORNING - timedelta(days=1), MONDAY_MORNING]


def test_old_readings_that_a_device_says_itself_are_shown(store, monkeypatch, world):
    monkeypatch.setattr(taps, "registered", {})
    shown: list = []
    taps.register("watch", shown.extend)
    store.store(messages({"t": NOW - 20 * DAYS, "v": {"floor": 3}}))
    assert len(shown) == 1


def test_a_failed_transaction_leaves_nothing_and_can_be_given_again(store, monkeypatch):
    from linli.sense.telemetry import rows

    def breaks(*_):
        raise OSError("disk")

    batch = messages({"t": NOW, "v": {"floor": 3}})
    with monkeypatch.context() as broken:
        broken.setattr(rows, "mark_seen", breaks)
        with pytest.raises(OSError, match="disk"):
            store.store(batch)
    assert not HotObservation.objects.exists()
    assert store.store(batch).accepted == 1


def test_a_time_without_zone_is_utc_and_a_zone_is_kept(store):
    store.store(
        messages(
            {"t": "2026-03-02T08:59:00+08:00", "v": {"floor": 1}},
            {"t": "2026-03-02T00:58", "v": {"floor": 1}},
        )
    )
    times = [
        datetime.fromtimestamp(ms / 1000, UTC)
        for ms in HotObservation.objects.order_by("time").values_list("time", flat=True)
    ]
    assert times == [MONDAY_MORNING - timedelta(minutes=2), MONDAY_MORNING - timedelta(minutes=1)]
