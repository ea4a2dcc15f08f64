"""Readings become lines after three months, go where they are of a home; lines grow coarser and go after two years."""

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from linli.foundation import clock
from linli.foundation.privacy.retention.holding_back import lift_hold, place_hold
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.ageing import Readings
from linli.sense.telemetry.ladder import RUNGS
from linli.sense.telemetry.lake import Lake, from_ms
from linli.sense.telemetry.models import Device, HotObservation, LakeFile
from linli.sense.telemetry.queries import rollup, series
from linli.sense.telemetry.rows import insert_observations
from linli.sense.telemetry.sealing import seal
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.stream import STREAM
from linli.testing import MONDAY_MORNING

MINUTE, HOUR = 60_000, 3_600_000
THEN = int(datetime(2025, 11, 10, 2, tzinfo=UTC).timestamp() * 1000)
"""16 weeks before the Monday of the tests."""
RECENT = int(datetime(2026, 2, 20, 2, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def lake(director, world, tmp_path, settings):
    settings.LINLI_HOME = tmp_path
    enrol(NewDevice("lift-1", "lift", facility_id=world.lift.pk), actor=director)
    enrol(NewDevice("w-1", "water_meter", home_id=world.homes[0].pk), actor=director)
    enrol(NewDevice("s-1", "series"), actor=director)
    lake = Lake(tmp_path / "lake")
    sealed(lake, "lift-1", "floor", [(THEN + n * 20 * MINUTE, float(n)) for n in range(6)])
    sealed(lake, "w-1", "volume", [(THEN + n * HOUR, float(n)) for n in range(3)])
    sealed(lake, "s-1", "value", [(THEN + n * HOUR, float(n)) for n in range(2)])
    for code, metric in (("lift-1", "floor"), ("w-1", "volume")):
        sealed(lake, code, metric, [(RECENT, 7.0)])
    return lake


def sealed(lake, code, metric, points):
    device = Device.objects.get(code=code)
    insert_observations([(device.pk, metric, moment, value) for moment, value in points])
    store = Store(lake)
    store.open("first")
    assert seal(lake, stream=STREAM, sequence=store.sequence) == len(points)


def said(code, metric):
    device = Device.objects.get(code=code)
    return [value for _, value in series(device, metric, from_ms(0), clock.now())]


def carry_out(expiry, as_of=None):
    gone = []
    while expiry.step(as_of or clock.now(), lambda count, marks: gone.append(count)):
        pass
    return sum(gone)


def test_the_dry_run_counts_by_kind_and_changes_nothing(lake):
    before = sorted(lake.root.rglob("*.parquet"))
    found = Readings().look(clock.now())
    assert (found.count, dict(found.details)) == (9, {"lift#aggregate": 6, "water_meter#erase": 3})
    assert found.oldest == from_ms(THEN)
    assert sorted(lake.root.rglob("*.parquet")) == before


def test_old_readings_of_a_lift_become_hours_and_those_of_a_home_go(lake):
    assert carry_out(Readings()) == 9
    assert said("lift-1", "floor") == [7.0]
    assert said("w-1", "volume") == [7.0]
    assert said("s-1", "value") == [0.0, 1.0], "a replayed series has no term"
    start = from_ms(THEN)
    buckets = rollup([Device.objects.get(code="lift-1")], "floor", start, clock.now(), every=timedelta(hours=1))
    assert [(b.start - start, b.count, b.mean, b.least, b.most, b.last) for b in buckets[:2]] == [
        (timedelta(0), 3, 1.0, 0.0, 2.0, 2.0),
        (timedelta(hours=1), 3, 4.0, 3.0, 5.0, 5.0),
    ]
    assert carry_out(Readings()) == 0, "twice changes nothing"


def test_a_day_told_by_the_hour_reads_as_before(lake):
    lift = Device.objects.get(code="lift-1")
    day = timedelta(days=1)
    before = rollup([lift], "floor", from_ms(THEN), clock.now(), every=day)
    carry_out(Readings())
    assert rollup([lift], "floor", from_ms(THEN), clock.now(), every=day) == before


def test_the_manifest_names_what_lies_on_the_disk_and_nothing_else(lake):
    carry_out(Readings())
    there = {str(path.relative_to(lake.root)) for path in lake.root.rglob("*.parquet")}
    assert there == set(LakeFile.objects.values_list("path", flat=True))
    for file in LakeFile.objects.all():
        assert pq.read_table(lake.root / file.path).num_rows == file.rows
    kept = LakeFile.objects.get(grain="raw", day="2025-11-10")
    assert kept.settled, "what is left of the day is not opened again every night"


def grains():
    return sorted(set(LakeFile.objects.values_list("grain", flat=True).filter(day="2025-11-10")))


def climb(as_of):
    return [carry_out(rung, as_of) for rung in RUNGS]


def test_lines_grow_coarser_by_and_by_and_go_after_two_years(lake):
    carry_out(Readings())
    lift, start, day = Device.objects.get(code="lift-1"), from_ms(THEN), timedelta(days=1)
    before = rollup([lift], "floor", start, start + day, every=day)
    assert grains() == ["five", "raw"]
    assert climb(clock.now()) == [0, 0, 0]
    after_half_a_year = start + timedelta(days=190)
    assert [rung.look(after_half_a_year).count for rung in RUNGS] == [6, 0, 0]
    assert climb(after_half_a_year) == [6, 0, 0]
    assert grains() == ["hour", "raw"]
    assert [b.count for b in rollup([lift], "floor", start, start + day, every=timedelta(hours=1))] == [3, 3]
    assert climb(start + timedelta(days=370)) == [0, 2, 0]
    assert grains() == ["day", "raw"]
    midnight = start.replace(hour=16) - day
    assert [
        (b.count, b.mean, b.least, b.most, b.last) for b in rollup([lift], "floor", midnight, start, every=day)
    ] == [(b.count, b.mean, b.least, b.most, b.last) for b in before]
    assert climb(start + timedelta(days=740)) == [0, 0, 1]
    assert grains() == ["raw"]
    there = {str(path.relative_to(lake.root)) for path in lake.root.rglob("*.parquet")}
    assert there == set(LakeFile.objects.values_list("path", flat=True))


def test_a_night_that_was_missed_for_a_year_carries_a_day_up_all_rungs(lake):
    carry_out(Readings())
    assert climb(from_ms(THEN) + timedelta(days=740)) == [6, 2, 1]
    assert grains() == ["raw"]


def test_a_day_of_the_neighbourhood_made_of_two_files_has_one_value_and_it_is_the_last(lake):
    """Local days begin at 16:00 UTC: two files hold the parts of one."""
    noon = int(datetime(2025, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
    sealed(lake, "lift-1", "floor", [(noon + n * HOUR, float(n)) for n in range(24)])
    carry_out(Readings())
    climb(from_ms(noon) + timedelta(days=370))
    lift, day = Device.objects.get(code="lift-1"), timedelta(days=1)
    midnight = from_ms(noon) + timedelta(hours=4)
    (bucket,) = rollup([lift], "floor", midnight, midnight + day, every=day)
    assert (bucket.count, bucket.least, bucket.most, bucket.last) == (20, 4.0, 23.0, 23.0)


def test_what_tells_of_people_becomes_hours_at_once(director, world, lake):
    device = Device.objects.create(
        code="d-1", type="smoke", community=world.community, building=world.buildings[0], enrolled_at=clock.now()
    )
    sealed(lake, device.code, "alarm", [(THEN + 25 * HOUR + n * MINUTE, float(n % 2)) for n in range(10)])
    carry_out(Readings())
    assert LakeFile.objects.get(grain="hour").rows == 1


def test_lines_stay_no_longer_than_a_declaration_promised(director, world, lake):
    device = Device.objects.create(
        code="d-1", type="door_sensor", community=world.community, building=world.buildings[0], enrolled_at=clock.now()
    )
    sealed(lake, device.code, "open", [(THEN + n * MINUTE, float(n % 2)) for n in range(10)])
    Declaration.objects.filter(type="door_sensor").delete()
    Declaration.objects.create(
        community=world.community, code="promise", type="door_sensor", name="单元门", building=world.buildings[0],
        keep_days=93, made_at=from_ms(THEN), in_force_at=from_ms(THEN), state="withdrawn", ended_at=clock.now(),
    )  # fmt: skip
    last_day = from_ms(THEN) + timedelta(days=93)
    carry_out(Readings(), last_day)
    hours = RUNGS[1]
    assert LakeFile.objects.filter(grain="hour").count() == 1
    assert (hours.look(last_day).count, carry_out(hours, last_day)) == (0, 0)
    day_after = last_day + timedelta(days=1)
    assert (hours.look(day_after).count, carry_out(hours, day_after)) == (1, 1)
    assert not LakeFile.objects.filter(grain="hour").exists()
    assert LakeFile.objects.filter(grain="five").exists(), "the lift's stay"


def test_a_hold_on_somebody_keeps_the_readings_of_their_home(lake, world):
    hold = place_hold(resident=world.residents["elder"], reason="诉讼", actor=world.actor("dpo"))
    assert carry_out(Readings()) == 6
    assert len(said("w-1", "volume")) == 4
    lift_hold(hold.pk, reason="了结", actor=world.actor("dpo"))
    assert carry_out(Readings()) == 3


def test_killed_before_the_manifest_changed_nothing_is_lost_and_the_next_night_does_it(lake, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(count, marks):
        raise Killed

    with pytest.raises(Killed):
        Readings().step(clock.now(), dies)
    assert len(said("lift-1", "floor")) == 7
    assert len(list((lake.root / "five_minutes").rglob("*.parquet"))) == 1
    assert lake.remove_orphans() == 1
    assert carry_out(Readings()) == 9


def test_another_communitys_lake_is_not_touched(lake, other_world):
    with other_world.scope():
        assert Readings().look(clock.now()).count == 0
        assert carry_out(Readings()) == 0


def test_what_is_still_hot_waits_until_it_is_sealed(lake):
    device = Device.objects.get(code="lift-1")
    insert_observations([(device.pk, "floor", int(MONDAY_MORNING.timestamp() * 1000), 1.0)])
    carry_out(Readings())
    assert HotObservation.objects.count() == 1


def test_a_day_that_waits_is_opened_once_a_night_and_not_before_each_day_that_goes(lake, world, monkeypatch):
    day = 24 * HOUR
    sealed(lake, "w-1", "volume", [(THEN + n * day, 1.0) for n in range(1, 5)])
    sealed(lake, "lift-1", "floor", [(THEN + n * day, 1.0) for n in range(5, 9)])
    place_hold(resident=world.residents["elder"], reason="诉讼", actor=world.actor("dpo"))
    opened, original = [], Lake.rows_by_device

    def counted(self, file):
        opened.append(file.path)
        return original(self, file)

    monkeypatch.setattr(Lake, "rows_by_device", counted)
    assert carry_out(Readings()) == 10
    waiting = LakeFile.objects.filter(grain="raw", settled=False, day__lt="2025-11-16").values_list("path", flat=True)
    assert len(waiting) >= 4
    assert {opened.count(path) for path in waiting} == {1}


def test_a_hold_placed_between_two_steps_is_heeded_by_the_next(lake, world):
    sealed(lake, "w-1", "volume", [(THEN + 24 * HOUR, 9.0)])
    expiry, gone = Readings(), []
    assert expiry.step(clock.now(), lambda count, marks: gone.append(count))
    place_hold(resident=world.residents["elder"], reason="诉讼", actor=world.actor("dpo"))
    while expiry.step(clock.now(), lambda count, marks: gone.append(count)):
        pass
    assert sum(gone) == 9
    assert 9.0 in said("w-1", "volume")
