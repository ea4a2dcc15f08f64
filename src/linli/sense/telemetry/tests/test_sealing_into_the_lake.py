from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from linli.sense.telemetry import sealing
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, HotObservation, LakeFile
from linli.sense.telemetry.queries import rollup, series
from linli.sense.telemetry.storing import CursorMoved, Store
from linli.sense.telemetry.stream import STREAM
from linli.sense.telemetry.tests.streaming import NOW, messages

HOUR = 3_600_000
START, END = (datetime.fromtimestamp((NOW + hours * HOUR) / 1000, UTC) for hours in (-48, 1))


@pytest.fixture
def lake(tmp_path, settings):
    settings.LINLI_HOME = tmp_path
    return Lake(tmp_path / "lake")


def said(count, *, until=NOW, step=HOUR):
    return [{"t": until - (count - 1 - n) * step, "v": {"floor": n}} for n in range(count)]


def seal(lake, store):
    return sealing.seal(lake, stream=STREAM, sequence=store.sequence)


def lift():
    return Device.objects.get(code="lift-1")


def test_sealed_rows_leave_the_database_and_read_the_same(lake, store):
    store.store(messages(*said(30)))
    before = series(lift(), "floor", START, END)
    assert len(before) == 30
    assert seal(lake, store) == 30
    assert not HotObservation.objects.exists()
    assert series(lift(), "floor", START, END) == before
    assert {file.rows for file in LakeFile.objects.all()} == {4, 24, 2}


def test_a_series_spans_the_lake_and_what_is_still_hot(lake, store):
    store.store(messages(*said(10)))
    seal(lake, store)
    store.store(messages(*said(3, until=NOW + 60_000, step=1000), since=11))
    times = [time for time, _ in series(lift(), "floor", START, END)]
    assert len(times) == 13
    assert times == sorted(times)


def test_an_observation_repeated_after_sealing_is_recognised(lake, store):
    store.store(messages(*said(10)))
    seal(lake, store)
    again = Store(lake)
    again.open("first")
    late = {"t": NOW - 90 * 60_000, "v": {"floor": 7}}
    counts = again.store(messages(*said(10), late, since=11))
    assert (counts.accepted, counts.repeated) == (1, 10)


def test_killed_before_the_manifest_the_rows_are_still_there_and_the_file_is_an_orphan(lake, store, monkeypatch):
    store.store(messages(*said(5)))

    class Killed(BaseException):
        pass

    def dies(*_):
        raise Killed

    with monkeypatch.context() as moment:
        moment.setattr(sealing.rows, "delete_through", dies)
        with pytest.raises(Killed):
            seal(lake, store)
    assert HotObservation.objects.count() == 5
    assert not LakeFile.objects.exists()
    assert len(list(lake.root.rglob("*.parquet"))) == 2
    assert lake.remove_orphans() == 2
    assert seal(lake, store) == 5
    assert lake.remove_orphans() == 0
    assert len(series(lift(), "floor", START, END)) == 5


def test_it_does_not_seal_when_another_process_has_stored_meanwhile(lake, store):
    store.store(messages(*said(5)))
    with pytest.raises(CursorMoved):
        sealing.seal(lake, stream=STREAM, sequence=store.sequence - 1)
    assert HotObservation.objects.count() == 5
    assert not LakeFile.objects.exists()


def test_two_processes_that_seal_at_once_move_each_observation_once(lake, store):
    """On PostgreSQL two machines can share a database, and a lock file is only one machine's."""

    class OvertakenLake(Lake):
        """While its file is being written, another process seals some of the same rows."""

        def write(self, *args):
            entry = super().write(*args)
            sealing.seal(Lake(self.root / "another machine"), stream=STREAM, sequence=store.sequence, most=2)
            return entry

    store.store(messages(*said(3, step=1000)))
    with pytest.raises(CursorMoved):
        seal(OvertakenLake(lake.root), store)
    assert sum(LakeFile.objects.values_list("rows", flat=True)) == 2
    assert HotObservation.objects.count() == 1


def test_a_large_amount_is_sealed_in_parts(lake, store):
    store.store(messages(*said(10, step=60_000)))
    assert sealing.seal(lake, stream=STREAM, sequence=store.sequence, most=4) == 4
    assert HotObservation.objects.count() == 6
    assert len(series(lift(), "floor", START, END)) == 10


def test_many_small_files_of_a_past_day_become_one(lake, store):
    past = NOW - 24 * HOUR
    for n in range(4):
        store.store(
            messages(
                {"t": past + n, "v": {"floor": n, "speed": 1}},
                {"t": past - n * 7, "v": {"trips": n}},
                since=1 + 2 * n,
            )
        )
        seal(lake, store)
    before = series(lift(), "floor", START, END)
    assert sealing.compact(lake, files_a_day=3) == 4
    assert sealing.compact(lake, files_a_day=3) == 0
    file = LakeFile.objects.get()
    table = pq.read_table(lake.root / file.path)
    assert table.num_rows == file.rows == 12
    keys = list(zip(table["metric"].to_pylist(), table["time"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert series(lift(), "floor", START, END) == before
    assert lake.remove_orphans() == 0


def test_a_rollup_counts_each_observation_once_whether_hot_or_sealed(lake, store):
    store.store(messages(*said(4, until=NOW - 30 * 60_000, step=15 * 60_000)))
    seal(lake, store)
    store.store(messages({"t": NOW, "v": {"floor": 9}}, since=5))
    start = datetime.fromtimestamp((NOW - 2 * HOUR) / 1000, UTC)
    buckets = rollup([lift()], "floor", start, END, every=timedelta(hours=1))
    assert [(b.start - start, b.count, b.mean, b.least, b.most, b.last) for b in buckets] == [
        (timedelta(0), 1, 0.0, 0.0, 0.0, 0.0),
        (timedelta(hours=1), 3, 2.0, 1.0, 3.0, 3.0),
        (timedelta(hours=2), 1, 9.0, 9.0, 9.0, 9.0),
    ]
