from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.models import Event
from linli.sense.telemetry import lives, tending
from linli.sense.telemetry.actions import NewDevice, enrol, install, renew_secret
from linli.sense.telemetry.conditions import conditions_of, in_condition, inspect, tallies
from linli.sense.telemetry.credentials import fits
from linli.sense.telemetry.models import Device, DeviceEntry, Fault, HotObservation, LastValue, Quarantined
from linli.sense.telemetry.tests.streaming import NOW, messages

HOUR = timedelta(hours=1)


@pytest.fixture
def air(world, director):
    return enrol(NewDevice("air-1", "climate", building_id=world.buildings[0].pk), actor=director).device


def life(device):
    return list(device.entries.order_by("pk").values_list("what", flat=True))


def said(store, device, *contents, since=None):
    since = since or store.sequence + 1
    return store.store(messages(*contents, device=device, since=since))


def kept(device, metric):
    rows = HotObservation.objects.filter(device=device, metric=metric).order_by("time")
    return list(rows.values_list("value", flat=True))


def test_later_readings_are_corrected_and_earlier_ones_stay(store, air, director, monday_morning):
    said(store, "air-1", {"t": NOW - 60_000, "v": {"temperature": 23.4}})
    tending.calibrate(air, metric="temperature", pairs=[(23.4, 22.9)], actor=director, note="标准温度计")
    store._directory._revoked_read_at = float("-inf")
    said(
        store, "air-1", {"t": NOW - 30_000, "v": {"temperature": 23.0}}, {"t": NOW + 1_000, "v": {"temperature": 23.0}}
    )
    assert kept(air, "temperature") == [23.4, 23.0, 22.5]
    assert life(air) == ["enrolled", "calibrated"]
    assert "− 0.5 °C" in lives.timeline(air)[0].words


def test_a_correction_that_leaves_the_range_is_set_aside_with_its_reason(store, air, director):
    tending.calibrate(air, metric="humidity", pairs=[(90, 98)], actor=director)
    said(store, "air-1", {"t": NOW, "v": {"humidity": 95, "temperature": 20}})
    assert (kept(air, "humidity"), kept(air, "temperature")) == ([], [20])
    assert Quarantined.objects.get().code == "out_of_range"


def test_counters_and_switches_are_not_calibrated(world, director):
    meter = enrol(NewDevice("w-9", "water_meter", building_id=world.buildings[0].pk), actor=director).device
    for metric in ("volume", "battery", "nothing"):
        with pytest.raises(Invalid):
            tending.calibrate(meter, metric=metric, pairs=[(1, 2)], actor=director)


def test_a_device_that_was_moved_is_asked_for_by_its_new_place_at_once(world, store, director, monday_morning):
    smoke = enrol(NewDevice("smoke-1", "smoke", building_id=world.buildings[0].pk), actor=director).device
    assert said(store, "smoke-1", {"t": NOW, "v": {"alarm": 0}}).accepted == 1
    with pytest.raises(Conflict) as refused:
        tending.move(smoke, actor=director, home_id=world.homes[0].pk)
    assert refused.value.code == "not_agreed"
    moved = tending.move(smoke, actor=director, entrance_id=world.homes[2].entrance_id, note="换到 2 幢")
    assert moved.building_id == world.homes[2].entrance.building_id
    store._directory._revoked_read_at = float("-inf")
    store._directory.learn(["smoke-1"])
    assert store._directory.get("smoke-1").spot.entrance == world.homes[2].entrance_id
    assert life(smoke) == ["enrolled", "moved"]


def test_a_home_that_has_not_agreed_gets_no_device_at_the_door(world, director):
    with pytest.raises(Conflict) as refused:
        install(NewDevice("smoke-1", "smoke", home_id=world.homes[0].pk), actor=director)
    assert refused.value.code == "not_agreed"


def test_a_new_meter_under_the_same_sender_is_reckoned_on(world, store, director, monday_morning):
    meter = enrol(NewDevice("w-9", "water_meter", building_id=world.buildings[0].pk), actor=director).device
    said(store, "w-9", *({"t": NOW - n * 3_600_000, "v": {"volume": 812.0 - n}} for n in (3, 2, 1)))
    with clock.frozen(clock.now() - HOUR / 2):
        tending.swap_meter(meter, final=811.4, initial=0.2, actor=director)
    said(store, "w-9", {"t": NOW - 60_000, "v": {"volume": 0.5}})
    assert lives.use_of(meter).amount == pytest.approx(2 + 0.4 + 0.3)
    with pytest.raises(Invalid):
        tending.swap_meter(meter, final=-1, actor=director)


def test_a_replaced_device_is_cut_off_and_the_new_one_takes_its_place(world, air, director):
    given = tending.replace(air, code="air-2", actor=director, note="坏了")
    air.refresh_from_db()
    assert air.revoked_at is not None
    assert (given.device.replaces, given.device.building_id) == (air, air.building_id)
    assert fits(given.secret, given.device.credential_digest)
    assert life(air) == ["enrolled", "replaced"]
    assert Event.objects.filter(kind="telemetry.device_revoked", subject=f"device:{air.pk}").exists()
    with pytest.raises(Conflict):
        tending.replace(air, code="air-3", actor=director)


def test_a_replacement_under_a_taken_code_changes_nothing(air, director, store):
    with pytest.raises(Conflict):
        tending.replace(air, code="lift-1", actor=director)
    air.refresh_from_db()
    assert air.revoked_at is None


def test_a_grids_worker_writes_down_what_it_did_by_hand_and_nothing_else(world, air):
    worker, stranger = world.actor("grid_worker"), world.actor("other_grid_worker")
    tending.write_down(air, "battery", actor=worker, note="CR123")
    tending.write_down(air, "firmware", actor=worker, value="2.1")
    air.refresh_from_db()
    assert (air.firmware, life(air)) == ("2.1", ["enrolled", "battery", "firmware"])
    for attempt in (
        lambda: tending.write_down(air, "battery", actor=stranger),
        lambda: tending.ask_maintenance(air, actor=stranger, note="坏了"),
        lambda: tending.calibrate(air, metric="temperature", pairs=[(1, 2)], actor=worker),
        lambda: tending.move(air, actor=worker, building_id=world.buildings[1].pk),
        lambda: tending.replace(air, code="x", actor=worker),
        lambda: tending.swap_meter(air, actor=worker),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    for what, given in (("revoked", {}), ("noted", {}), ("firmware", {})):
        with pytest.raises(Invalid):
            tending.write_down(air, what, actor=worker, **given)


def test_a_sensor_that_is_stuck_or_drifts_is_found_and_is_well_again_when_it_is(world, air, director, monday_morning):
    others = [enrol(NewDevice(f"air-{n}", "climate"), actor=director).device for n in (2, 3, 4)]
    now = clock.now()

    def fill(device, wrong):
        HotObservation.objects.filter(device=device).delete()
        HotObservation.objects.bulk_create(
            HotObservation(device=device, metric="temperature", time=NOW - n * 3_600_000,
                           value=18 + (n * 7 + device.pk) % 5 / 5 + (4 if wrong and n < 84 else 0))
            for n in range(27 * 24)
        )  # fmt: skip

    for device in others:
        fill(device, wrong=False)
    fill(air, wrong=True)
    HotObservation.objects.bulk_create(
        HotObservation(device=others[0], metric="humidity", time=NOW - n * 3_600_000, value=50) for n in range(30)
    )
    assert inspect(director) == 2
    assert list(in_condition(director, "drift")) == [air]
    assert list(in_condition(director, "stuck")) == [others[0]]
    words = {pk: [one.words for one in found if one.key in ("drift", "stuck")] for pk, found in
             conditions_of([air, others[0]]).items()}  # fmt: skip
    assert "温度" in words[air.pk][0] and "+4 °C" in words[air.pk][0]
    assert "湿度" in words[others[0].pk][0]
    fill(air, wrong=False)
    assert inspect(director) == 1
    assert Fault.objects.get(device=air).over_at == now


def test_each_condition_is_counted_shown_and_filtered_alike(world, director, monday_morning):
    make = {name: enrol(NewDevice(name, "climate", building_id=world.buildings[n % 2].pk), actor=director).device
            for n, name in enumerate(("well", "late", "weak", "gone", "never"))}  # fmt: skip
    now = clock.now()
    seen = {"well": (now, now), "late": (now, now - 2 * HOUR), "weak": (now, now), "gone": (now - 5 * HOUR,) * 2}
    Device.objects.filter(code="never").update(enrolled_at=now - timedelta(days=1))
    for name, (seen_at, said_at) in seen.items():
        make[name].last_seen_at = seen_at
        make[name].save()
        LastValue.objects.create(device=make[name], metric="temperature", time=said_at, value=20)
    LastValue.objects.create(device=make["weak"], metric="battery", time=now, value=9)
    expected = {"silent": {"gone", "never"}, "late": {"late"}, "battery": {"weak"}}
    counts = tallies(director)
    found = conditions_of(list(make.values()))
    for key, names in expected.items():
        assert {device.code for device in in_condition(director, key)} == names
        assert counts[key] == len(names)
        assert {name for name, device in make.items() if key in {one.key for one in found[device.pk]}} == names
    assert {d.code for d in in_condition(world.actor("grid_worker"), "silent")} < {"gone", "never"} | {"x"}


def test_a_new_secret_ends_the_fault_of_a_shared_one(air, director):
    from linli.sense.telemetry.faults import note_fault

    note_fault(air, "shared", peers="a、b")
    note_fault(air, "shared", peers="a、b")
    assert Fault.objects.get().times == 2
    renew_secret(air, actor=director)
    assert Fault.objects.get().over_at is not None
    assert DeviceEntry.objects.filter(device=air, what="secret").exists()
