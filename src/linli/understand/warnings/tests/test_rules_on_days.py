"""Each detector fires and stays silent rightly: worked examples of domain.md §4.6 and §5.5, and any restart between."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings import explaining
from linli.understand.warnings.detectors import KINDS
from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.detectors.conditions import Condition
from linli.understand.warnings.detectors.schedule import Schedule
from linli.understand.warnings.shipped import shipped_detector, shipped_rules
from linli.understand.warnings.tests.test_rules_over_weeks import WEEKS

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 0:00 in Shanghai."""
MINUTE = 1 / 60


def live(rule, *readings, until=None, wakes=(), restart=True, **numbers):
    """What a rule says over ``(hour, values)`` readings from midnight: ``[("warns" | "ended" | "silent", hour)]``."""
    detector, memory, due, said = shipped_detector(rule, **numbers), {}, None, []

    def hour(at):
        return round((at - MIDNIGHT) / timedelta(hours=1), 3)

    def take(answer, at):
        nonlocal memory, due
        memory = json.loads(json.dumps(answer.memory)) if restart else answer.memory
        due = answer.due_at
        for name, told in (("warns", answer.warning), ("ended", answer.ended_at), ("silent", answer.silent_since)):
            if told:
                said.append((name, hour(at)))
        if answer.warning:
            assert explaining.sentence(rule, answer.warning)

    moments = [(MIDNIGHT + timedelta(hours=h), values) for h, values in readings]
    moments += [(MIDNIGHT + timedelta(hours=h), None) for h in (*wakes, *([until] if until else []))]
    for at, values in sorted(moments, key=lambda one: one[0]):
        while due is not None and due <= at:
            take(detector.wake(memory, due), due)
        if values is not None:
            take(detector.observe(memory, Seen(1, at, values)), at)
        elif due is not None:
            take(detector.wake(memory, at), at)
    return said


def each_hour(first, last, **values):
    return [(hour, values) for hour in range(first, last + 1)]


def counting(used, metric="volume", start=100.0, every=1):
    """Readings every ``every`` hours of a counter that grows by each of ``used``."""
    total, readings = start, [(0, {metric: start})]
    for n, more in enumerate(used, start=1):
        total = round(total + more, 6)
        readings.append((n * every, {metric: total}))
    return readings


EMPTY = {"car_occupied": 0, "service_mode": 0, "floor": 3, "trips": 7}


def opened(times, gap, **more):
    return [
        (n * gap + after, {**EMPTY, **more, "door_open": state})
        for n in range(times)
        for after, state in ((0, 1), (gap / 2, 0))
    ]


@pytest.mark.parametrize(
    ("rule", "readings", "until", "expected"),
    [
        # three openings of an empty car at one floor in 5 minutes are a fault; slower, or with a rider, they are not
        ("door_reversals", opened(3, MINUTE), None, ["warns"]),
        ("door_reversals", opened(3, MINUTE), 1, ["warns", "ended"]),
        ("door_reversals", opened(6, 3 * MINUTE), 1, []),
        ("door_reversals", opened(3, MINUTE, car_occupied=1), 1, []),
        ("door_open_long", [(0, {"door_open": 1, "floor": 1})], 119 / 3600, []),
        ("door_open_long", [(0, {"door_open": 1, "floor": 1})], 120 / 3600, ["warns"]),
        ("door_open_long", [(0, {"door_open": 1, "service_mode": 1})], 5, []),
        ("lift_not_level", [(1, {"level_offset": 15, "door_open": 1})], None, []),
        ("lift_not_level", [(1, {"level_offset": -16, "door_open": 1}), (2, {"level_offset": 14})], None, ["warns"]),
        ("lift_not_level", [(1, {"level_offset": 16, "door_open": 1}), (2, {"level_offset": 5})], None,
         ["warns", "ended"]),
        ("lift_overspeed", [(1, {"speed": 2.01})], None, []),
        ("lift_overspeed", [(1, {"speed": -2.02}), (2, {"speed": 0})], None, ["warns", "ended"]),
        ("lift_no_signal", [(0, {"floor": 1})], 5 * MINUTE, ["warns"]),
        ("lift_out_of_service", [(0, {"floor": 1}), (0.4, {"floor": 1})], 0.89, []),
        ("lift_out_of_service", [(0, {"floor": 1}), (0.6, {"floor": 1})], None, ["warns", "ended"]),
        ("lift_vibration", [(1, {"vibration": 0.15}), (2, {"vibration": 0.16}), (3, {"vibration": 0.14})], None,
         ["warns"]),
        ("lift_vibration_alarm", [(1, {"vibration": 0.26}), (2, {"vibration": 0.2})], None, ["warns", "ended"]),
        ("lift_idle", each_hour(0, 18, trips=7), None, []),
        ("lift_idle", each_hour(0, 20, trips=7), None, ["warns"]),
        ("lift_idle", [(h, {"trips": h // 11}) for h in range(48)], None, []),
        ("lift_ebike", [(1, {"ebike": 1}), (1.1, {"ebike": 1}), (2, {"ebike": 1})], None, ["warns", "warns"]),
        ("no_water", counting([0] * 14), None, ["warns"]),
        ("no_water", counting([0, 0, 0, 0, 0, 0.011] * 4), None, []),
        ("no_water_day", counting([0] * 23), None, []),
        ("no_water_day", counting([0] * 31), None, ["warns"]),
        # a tap that runs for two hours, read every five minutes; with hourly readings nobody can tell
        ("water_running", counting([0.01] * 24, every=5 * MINUTE), None, ["warns"]),
        ("water_running", counting([0.01] * 23 + [0] * 2, every=5 * MINUTE), None, []),
        ("water_running", counting([0.1] * 24), None, []),
        ("water_much", counting([0.004] * 24 * 9 + [0.1] * 12), None, ["warns"]),
        ("water_much", counting([0.004] * 24 * 9 + [0.009] * 24), None, []),
        ("water_much", counting([0.004] * 24 * 5 + [0.1] * 12), None, []),
        ("no_power", counting([0] * 14, "energy"), None, ["warns"]),
        ("no_power", counting([0.05] * 30, "energy"), None, []),
        ("little_power", counting([0.1] * 24 * 9 + [0.01] * 40, "energy"), None, ["warns"]),
        ("little_power", counting([0.1] * 24 * 9 + [0.03] * 40, "energy"), None, []),
        ("door_shut_long", each_hour(0, 23, open=0), None, []),
        ("door_shut_long", each_hour(0, 24, open=0), None, ["warns"]),
        ("door_shut_long", [(0, {"open": 0})], 100, []),
        ("door_shut_long", each_hour(0, 30, open=0, battery=14), None, []),
        ("door_open_at_night", [(20, {"open": 1})], 22.4, []),
        ("door_open_at_night", [(20, {"open": 1})], 22.5, ["warns"]),
        ("door_open_at_night", [(7, {"open": 1}), (21.9, {"open": 0})], 30, []),
        ("door_open_at_night", [(29.8, {"open": 1}), (30.5, {"open": 0})], 40, []),
        ("gas_leak", [(1, {"lel": 9.9}), (2, {"lel": 10}), (3, {"lel": 8}), (4, {"lel": 2})], None, ["warns", "ended"]),
        ("gas_alarm", [(1, {"lel": 19}), (2, {"lel": 20})], None, ["warns"]),
        ("no_motion", each_hour(0, 14, motion=0), None, []),
        ("no_motion", each_hour(0, 15, motion=0), None, ["warns"]),
        ("no_motion", [*each_hour(0, 14, motion=0), (14.5, {"motion": 1}), *each_hour(15, 22, motion=0)], None, []),
        ("bathroom_long", [(8, {"bathroom": 1}), (8.6, {"bathroom": 0})], 10, []),
        ("bathroom_long", [(8, {"bathroom": 1})], 8 + 40 * MINUTE, ["warns"]),
        ("fall", [(8, {"fallen": 1})], 8 + MINUTE, ["warns"]),
        ("fall", [(8, {"fallen": 1}), (8.01, {"fallen": 0})], 9, []),
        ("out_of_bed", [(1, {"in_bed": 1}), (2, {"in_bed": 0}), (2.4, {"in_bed": 1})], 9, []),
        ("out_of_bed", [(1, {"in_bed": 1}), (2, {"in_bed": 0})], 2.5, ["warns"]),
        ("out_of_bed", [(8, {"in_bed": 0})], 21, []),
        # who goes to bed at 23 was not out of it since 22
        ("out_of_bed", [(21, {"in_bed": 0}), (22.9, {"in_bed": 0}), (23, {"in_bed": 1})], 30, []),
        ("heart_rate", [(1, {"in_bed": 1, "heart_rate": 44})], 1 + 2 * MINUTE, ["warns"]),
        ("heart_rate", [(1, {"in_bed": 1, "heart_rate": 45})], 2, []),
        ("heart_rate", [(1, {"in_bed": 0, "heart_rate": 10})], 2, []),
        ("breath_rate", [(1, {"in_bed": 1, "breath_rate": 31})], 1 + 2 * MINUTE, ["warns"]),
        ("breath_rate", [(1, {"in_bed": 1, "breath_rate": 30})], 2, []),
        ("sos", [(1, {"pressed": 1}), (1.05, {"pressed": 1}), (2, {"pressed": 1})], None, ["warns", "warns"]),
    ],
)  # fmt: skip
def test_worked_examples(rule, readings, until, expected):
    assert [name for name, _ in live(rule, *readings, until=until)] == expected


def test_every_shipped_rule_has_a_worked_example_or_a_file_of_its_own():
    shown = {case[0] for case in test_worked_examples.pytestmark[0].args[1]}
    elsewhere = {"trapped", "smoke", "water_rhythm", "home_rhythm", "combined_rhythm", "door_rhythm", *WEEKS}
    assert set(shipped_rules()) - shown <= elsewhere
    assert {rule.kind for rule in shipped_rules().values()} <= KINDS.keys()


METRICS = {"duration": {"open": st.integers(0, 1)}, "threshold": {"lel": st.floats(0, 40)},
           "repetition": {"door_open": st.integers(0, 1), "car_occupied": st.just(0)},
           "silence": {"floor": st.integers(0, 3)}}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "kind"),
    [("door_open_at_night", "duration"), ("gas_leak", "threshold"), ("door_reversals", "repetition"),
     ("lift_out_of_service", "silence")],
)  # fmt: skip
@given(data=st.data())
@settings(max_examples=60)
def test_restarts_and_extra_wakes_make_no_difference(rule, kind, data):
    values = st.fixed_dictionaries(METRICS[kind])
    steps = data.draw(st.lists(st.tuples(st.integers(0, 480), values), max_size=20, unique_by=lambda one: one[0]))
    wakes = [n / 10 for n in data.draw(st.lists(st.integers(0, 480), max_size=20))]
    readings = [(n / 10, value) for n, value in steps]
    once = live(rule, *readings, until=49, restart=False)
    assert live(rule, *readings, until=49, wakes=wakes) == once
    told = [name for name, _ in once]
    assert told == ["warns", "ended"] * (len(told) // 2) + ["warns"] * (len(told) % 2)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
@settings(max_examples=100)
def test_running_water_is_told_from_neighbouring_readings_alone(used):
    readings = counting([one / 1000 for one in used], every=10 * MINUTE)
    runs, expected = 0, False
    for one in used:
        runs = runs + 1 if one / 1000 * 6 >= 0.03 else 0
        expected |= runs >= 12
    assert bool([name for name, _ in live("water_running", *readings) if name == "warns"]) == expected


@given(st.integers(0, 23), st.integers(0, 24), st.integers(0, 300), st.integers(1, 300))
@settings(max_examples=150)
def test_a_schedule_agrees_with_walking_through_it(start, end, since, length):
    """In quarters of an hour: the first moment that looks back on an unbroken open stretch."""
    schedule = Schedule(start, end)
    at = MIDNIGHT + timedelta(minutes=15 * since)

    def is_open(n):
        hour = (since + n) // 4 % 24
        return start <= hour < end if start < end else hour >= start or hour < end

    unbroken, expected = 0, None
    for n in range(96 * 40):
        unbroken = unbroken + 1 if is_open(n) else 0
        if unbroken == length:
            expected = at + timedelta(minutes=15 * (n + 1))
            break
    found = schedule.ripe(at, timedelta(minutes=15 * length))
    assert found == expected or (found and expected is None and start == end)
    opened_for = sum(is_open(n) for n in range(length))
    assert schedule.inside(at, at + timedelta(minutes=15 * length)) == timedelta(minutes=15 * opened_for)


def test_holidays_and_make_up_workdays_are_the_official_ones():
    workdays, days_off = Schedule(8, 18, "workdays"), Schedule(8, 18, "days_off")

    def noon(month, day):
        return datetime(2026, month, day, 4, tzinfo=UTC)

    assert workdays.open_at(noon(3, 2)) and not days_off.open_at(noon(3, 2))
    assert days_off.open_at(noon(2, 17)), "Spring Festival"
    assert workdays.open_at(noon(2, 14)), "a Saturday that the notice made a workday"
    assert not workdays.open_at(noon(3, 7)) and days_off.open_at(noon(3, 7))


@pytest.mark.parametrize("text", ["__import__('os')", "a.b > 1", "open(1) == 1", "a > 1 if b else c", "a", "a == 'x'"])
def test_a_condition_is_comparisons_of_numbers_and_nothing_else(text):
    with pytest.raises(ValueError, match=r"no (condition|number)"):
        Condition(text)


def test_what_a_device_has_not_said_holds_no_comparison():
    assert not Condition("speed > 1").holds({}) and not Condition("speed <= 1").holds({})
    assert Condition("not speed > limit", {"limit": 1}).holds({})
    assert Condition("abs(speed) * 100 > rated * percent", {"rated": 1.0, "percent": 115}).holds({"speed": -1.16})
