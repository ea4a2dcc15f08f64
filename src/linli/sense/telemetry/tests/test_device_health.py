"""When a device can be believed, on plain data."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.sense.telemetry import health
from linli.sense.telemetry.calibrating import Line, NoLine, fitted
from linli.sense.telemetry.clockwork import MINUTE, Beat, beat
from linli.sense.telemetry.counters import Swap, used
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.speaking import Standing, standing_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = [date(2026, 2, 1) + timedelta(days=n) for n in range(28)]
temperatures = st.floats(-20, 45).map(lambda value: round(value, 2))


def hourly(values):
    return [(NOON + n * HOUR, value) for n, value in enumerate(values)]


@given(since=st.timedeltas(timedelta(0), timedelta(days=9)), kind=st.sampled_from(["lift", "water_meter", "smoke"]))
def test_a_device_is_silent_after_three_cadences_and_not_before(since, kind):
    over = since > 3 * CATALOGUE[kind].cadence
    spoke = standing_of(kind, NOON - since, NOON - timedelta(days=99), NOON)
    assert spoke == (Standing.SILENT if over else Standing.SPEAKS)
    new = standing_of(kind, None, NOON - since, NOON)
    assert new == (Standing.SILENT if over else Standing.AWAITED)


def test_what_was_measured_long_before_it_came_is_late_but_a_slow_device_is_not():
    assert health.is_late(NOON, NOON - timedelta(hours=2), timedelta(minutes=5))
    assert not health.is_late(NOON, NOON - timedelta(minutes=14), timedelta(minutes=1))
    assert not health.is_late(NOON, NOON - timedelta(hours=5), 6 * HOUR)
    assert not health.is_late(None, None, HOUR)


@given(st.lists(temperatures, max_size=20), temperatures, st.integers(25, 60))
def test_a_sensor_that_says_the_same_for_a_day_is_stuck(before, value, hours):
    points = hourly([*[one for one in before if one != value], *[value] * hours])
    found = health.stuck(points)
    assert found is not None and found.value == value
    assert health.stuck([*points, (points[-1][0] + HOUR, value + 0.01)]) is None


@given(st.integers(1, 11))
def test_a_dozen_readings_are_needed_before_anything_is_called_stuck(n):
    assert health.stuck([(NOON + i * timedelta(days=1), 20.0) for i in range(n)]) is None
    assert health.stuck([]) is None


def with_noise(values, seed):
    return {
        day: value + ((n * 7919 + seed * 104729) % 100) / 500
        for n, (day, value) in enumerate(zip(DAYS, values, strict=True))
    }


@given(st.lists(st.floats(-15, 40), min_size=28, max_size=28), st.floats(-5, 5))
def test_weather_that_meets_all_is_no_drift_and_neither_is_a_place_that_is_always_warmer(weather, always):
    own = {day: value + always for day, value in with_noise(weather, 1).items()}
    peers = [with_noise(weather, seed) for seed in (2, 3, 4)]
    assert health.drift(own, peers, span=160) is None


@given(st.lists(st.floats(-15, 40), min_size=28, max_size=28), st.sampled_from([-8.0, -4.0, 4.0, 8.0]))
def test_a_sensor_that_leaves_its_peers_for_three_days_drifts_by_as_much(weather, by):
    own = with_noise(weather, 1)
    for day in DAYS[-3:]:
        own[day] += by
    found = health.drift(own, [with_noise(weather, seed) for seed in (2, 3, 4)], span=160)
    assert found is not None and found.peers == 3
    assert found.by == pytest.approx(by, abs=0.5)
    own[DAYS[-1]] -= by
    assert health.drift(own, [with_noise(weather, seed) for seed in (2, 3, 4)], span=160) is None


def test_alone_it_is_held_against_its_own_past_and_a_short_past_says_nothing():
    own = with_noise([20.0] * 25 + [29.0] * 3, 1)
    assert health.drift(own, [], span=160).peers == 0
    assert health.drift({day: own[day] for day in DAYS[-9:]}, [], span=160) is None


@given(st.lists(st.floats(0, 5), min_size=2, max_size=30))
def test_without_a_swap_use_is_the_difference_of_the_dial(steps):
    total, points = 100.0, []
    for n, step in enumerate(steps):
        total += step
        points.append((NOON + n * HOUR, total))
    assert used(points) == pytest.approx(points[-1][1] - points[0][1])


@given(
    st.lists(st.floats(0, 5), min_size=2, max_size=20), st.lists(st.floats(0, 5), min_size=2, max_size=20),
    st.floats(0, 2), st.one_of(st.none(), st.floats(0, 9000)), st.booleans(),
)  # fmt: skip
def test_a_replaced_meter_makes_use_neither_negative_nor_huge(old, new, unseen, start, written_down):
    at, total, points = NOON, 800.0, []
    for step in old:
        total, at = total + step, at + HOUR
        points.append((at, total))
    swap_at = at + HOUR / 2
    final, reading = total + unseen, start or 0.0
    for step in new:
        reading, at = reading + step, at + HOUR
        points.append((at, reading))
    swap = Swap(swap_at, final, start or 0.0) if written_down else Swap(swap_at)
    true = sum(old[1:]) + unseen + sum(new)
    found = used(points, [swap])
    assert 0 <= found <= true + 1e-6
    if written_down:
        assert found == pytest.approx(true, abs=1e-6)


@given(st.lists(st.floats(0, 1e6), max_size=30))
def test_use_is_never_negative_whatever_the_dial_says(values):
    assert used(hourly(values)) >= 0


@given(st.floats(-1000, 1000), st.floats(-1000, 1000), st.floats(0.3, 4), st.floats(-50, 50))
def test_two_pairs_find_the_line_again(shown, other, scale, offset):
    if abs(other - shown) < 1:
        return
    line = fitted([(shown, shown * scale + offset), (other, other * scale + offset)])
    assert line(shown) == pytest.approx(shown * scale + offset, abs=1e-6)
    assert line.scale == pytest.approx(scale, rel=1e-6)


def test_one_pair_shifts_and_nonsense_is_refused():
    assert fitted([(23.4, 22.9)]) == Line(1.0, pytest.approx(-0.5))
    for pairs, why in (
        ([], "count"), ([(1, 2)] * 3, "count"), ([(1, 2), (1, 3)], "same"), ([(1, 2), (2, 200)], "scale"),
        ([(1, float("nan"))], "number"),
    ):  # fmt: skip
        with pytest.raises(NoLine, match=why):
            fitted(pairs)


def told(messages):
    known, jumps = Beat(), []
    for arrived, said in messages:
        known, jump = beat(known, arrived, said)
        if jump:
            jumps.append(jump)
    return jumps


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=60))
def test_a_clock_that_goes_right_is_never_told_of(lags):
    assert told([(n * MINUTE + lag, n * MINUTE) for n, lag in enumerate(lags)]) == []


@given(st.sampled_from([-60, -30, 30, 60, 600]), st.integers(3, 30))
def test_a_clock_that_jumps_is_told_of_once_and_by_how_much(minutes, after):
    right = [(n * MINUTE, n * MINUTE) for n in range(10)]
    wrong = [(n * MINUTE, (n + minutes) * MINUTE) for n in range(10, 10 + after)]
    assert told(right + wrong) == [minutes * MINUTE]


@given(st.integers(30, 600))
def test_sending_what_was_stored_while_the_line_was_down_is_no_jump(minutes):
    right = [(n * MINUTE, n * MINUTE) for n in range(5)]
    back = (5 + minutes) * MINUTE
    stored = [(back + n * 100, (5 + n) * MINUTE) for n in range(minutes)]
    later = [(back + n * MINUTE, back + n * MINUTE) for n in range(1, 10)]
    assert told(right + stored + later) == []
