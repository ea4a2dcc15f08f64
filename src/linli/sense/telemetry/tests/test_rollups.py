"""A line says of its readings what adding them up by hand says, whatever is rolled up first."""

from __future__ import annotations

from collections import defaultdict
from math import isclose

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.sense.telemetry.rollups import DAY, FIVE_MINUTES, HOUR, roll_up

STEPS = (FIVE_MINUTES, HOUR, DAY)
MIDNIGHT = 1_772_380_800
"""2 March 2026 0:00 in Hangzhou, seconds since 1970."""

readings = st.lists(
    st.tuples(
        st.integers(1, 3), st.sampled_from(["speed", "floor"]),
        st.integers(MIDNIGHT * 1000 - 90_000_000, MIDNIGHT * 1000 + 90_000_000), st.floats(-1e6, 1e6),
    ),
    min_size=1, max_size=30, unique_by=lambda one: one[:3],
)  # fmt: skip


def table_of(some) -> pa.Table:
    devices, metrics, moments, values = zip(*some, strict=True)
    return pa.table(
        {
            "device_id": pa.array(devices, pa.int64()),
            "device": pa.array([f"d-{device}" for device in devices]).dictionary_encode(),
            "metric": pa.array(metrics).dictionary_encode(),
            "time": pa.array(moments, pa.timestamp("ms", tz="UTC")),
            "value": pa.array(values, pa.float64()),
        }
    )


def by_hand(some, seconds):
    groups = defaultdict(list)
    for device, metric, moment, value in some:
        local = moment // 1000 + 8 * HOUR
        groups[device, metric, local - local % seconds - 8 * HOUR].append((moment, value))
    return {
        key: (len(g), sum(v for _, v in g) / len(g), min(v for _, v in g), max(v for _, v in g), max(g)[1])
        for key, g in groups.items()
    }


def lines_of(table):
    return {
        (row["device_id"], row["metric"], int(row["time"].timestamp())): (
            row["count"], row["mean"], row["least"], row["most"], row["value"],
        )
        for row in table.to_pylist()
    }  # fmt: skip


def assert_same(one, other):
    assert one.keys() == other.keys()
    for key, (count, mean, *rest) in one.items():
        assert (count, *rest) == (other[key][0], *other[key][2:])
        assert isclose(mean, other[key][1], rel_tol=1e-9, abs_tol=1e-6)


@settings(max_examples=15)
@given(readings)
def test_a_line_is_what_adding_up_by_hand_gives(some):
    for seconds in STEPS:
        assert_same(lines_of(roll_up(table_of(some), seconds)), by_hand(some, seconds))


@settings(max_examples=15)
@given(readings)
def test_lines_of_lines_are_lines_of_the_readings(some):
    whole = roll_up(table_of(some), DAY)
    climbed = roll_up(roll_up(roll_up(table_of(some), FIVE_MINUTES), HOUR), DAY)
    assert_same(lines_of(climbed), lines_of(whole))
    assert climbed.schema.equals(whole.schema)


@settings(max_examples=15)
@given(readings, st.integers(MIDNIGHT * 1000 - 90_000_000, MIDNIGHT * 1000 + 90_000_000))
def test_two_halves_of_a_day_that_lie_in_two_files_make_the_day(some, cut):
    halves = [[one for one in some if (one[2] < cut) is early] for early in (True, False)]
    lines = pa.concat_tables(roll_up(table_of(half), DAY) for half in halves if half)
    assert_same(lines_of(roll_up(lines, DAY)), by_hand(some, DAY))
