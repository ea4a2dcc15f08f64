"""Rules that must know a device for weeks: what is odd speaks once, what is usual does not, and any restart between."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings import explaining
from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.detectors.extreme import limit_for
from linli.understand.warnings.detectors.trend import rising
from linli.understand.warnings.shipped import shipped_detector

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 0:00 in Shanghai."""


def live(rule, readings, restart=False, **numbers):
    """``readings`` are (hour, device, values); what the rule says, as (``warns`` | ``ended``, day, device)."""
    detector, memory, said = shipped_detector(rule, **numbers), {}, []
    for hour, device, values in sorted(readings, key=lambda one: one[:2]):
        answer = detector.observe(memory, Seen(device, MIDNIGHT + timedelta(hours=hour), values))
        memory = json.loads(json.dumps(answer.memory)) if restart else answer.memory
        assert answer.due_at is None
        if answer.warning:
            assert explaining.sentence(rule, answer.warning)
            said.append(("warns", int(hour // 24), device))
        if answer.ended_at:
            said.append(("ended", int(hour // 24), device))
    return said


def warned(said):
    return [(day, device) for name, day, device in said if name == "warns"]


def noise(*names):
    return random.Random("/".join(map(str, names)))


def lifts(days, relevels=lambda lift, day: 4, cycles=lambda day: 1.2, trips=120, count=8):
    """First and last reading of each day of counters that grow evenly; ``relevels`` a hundred trips."""
    readings = []
    for lift in range(1, count + 1):
        totals = {"trips": 1000.0, "relevels": 50.0, "door_cycles": 2000.0}
        for day in range(days):
            rng = noise(lift, day)
            readings.append((24 * day + 0.1, lift, dict(totals)))
            made = round(trips * rng.uniform(0.8, 1.2))
            totals["trips"] += made
            totals["relevels"] += sum(rng.random() < relevels(lift, day) / 100 for _ in range(made))
            totals["door_cycles"] += round(made * cycles(day) * rng.uniform(0.98, 1.02))
            readings.append((24 * day + 23.5, lift, dict(totals)))
    return readings


def power(days, kwh=lambda day, hour: 0.0):
    """Hourly readings of a building's meter: lamps by night, pumps morning and evening, a little noise."""
    total, readings = 500.0, []
    for n in range(days * 24):
        day, hour = divmod(n, 24)
        readings.append((n + 0.02, 1, {"energy": round(total, 3)}))
        usual = 2 + 3 * (hour < 6 or hour >= 18) + 2 * (hour in (7, 8, 18, 19, 20)) + 0.5 * (day % 7 >= 5)
        total += usual * noise(n).uniform(0.93, 1.07) + kwh(day, hour)
    return readings


def heat(days, hot=()):
    return [
        (n / 4, 1, {"temperature": 80.0 if n // 4 in hot else 30 + noise(n).gauss(0, 2) + 4 * (11 <= n // 4 % 24 < 17)})
        for n in range(days * 96)
    ]


def water(days, by_night):
    """A quarter of an hour between readings, nothing drawn from 0 to 5 but ``by_night(day)`` litres an hour."""
    total, readings = 100_000.0, []
    for n in range(days * 96):
        day, quarter = divmod(n, 96)
        total += by_night(day) / 4 + (noise(n).choice((0, 0, 8)) if quarter >= 22 else 0)
        readings.append(((n + 1) / 4, 1, {"volume": round(total / 1000, 4)}))
    return readings


def shaking(days, at):
    return [
        (24 * d + h, 1, {"vibration": at(d) + noise(d, h).gauss(0, 0.004)})
        for d in range(days)
        for h in range(7, 20, 3)
    ]


def faults(*days, until=60):
    return [(24 * d + 8, 1, {"faults": float(5 + sum(at <= d for at in days))}) for d in range(until)]


def people(*counts, zone="people@gate"):
    return [(n / 12, 1, {zone: float(count), "fire@gate": 0.0}) for n, count in enumerate(counts)]


CASES = {
    "usual lifts": ("lift_unlike_others", lifts(60), []),
    "one lift re-levels four times as often": (
        "lift_unlike_others", lifts(40, lambda lift, day: 16 if lift == 3 and day >= 20 else 4), [3],
    ),
    "all lifts re-level more: no one is unlike": (
        "lift_unlike_others", lifts(40, lambda lift, day: 16 if day >= 20 else 4), [],
    ),
    "four lifts are too few to compare": ("lift_unlike_others", lifts(40, lambda lift, day: 4 * lift**3, count=4), []),
    "a door as ever": ("lift_door_wear", lifts(120, count=1), []),
    "a door that wears": ("lift_door_wear", lifts(120, cycles=lambda day: 1.2 + max(0, day - 70) * 0.02, count=1), [1]),
    "brakes as ever": ("lift_relevel_wear", lifts(120, count=1), []),
    "brakes that change": ("lift_relevel_wear", lifts(120, lambda lift, day: 4 if day < 80 else 12, count=1), [1]),
    "shaking as ever": ("lift_vibration_trend", shaking(120, lambda day: 0.08), []),
    "shaking that grows": ("lift_vibration_trend", shaking(90, lambda day: 0.06 + max(0, day - 30) * 0.0015), [1]),
    "shaking that grows too slowly to matter": ("lift_vibration_trend", shaking(90, lambda day: 0.06 + day * 0.0002), []),
    "two faults in a month": ("lift_repeat_fault", faults(3, 20), []),
    "three faults in a month": ("lift_repeat_fault", faults(3, 20, 32), [1]),
    "three faults in five weeks": ("lift_repeat_fault", faults(3, 20, 34), []),
    "a full gate": ("crowded", people(10, 60, 62, 70, 55, 40), [1]),
    "a gate that empties in time": ("crowded", people(10, 60, 62, 40, 70, 40), []),
    "a count that trembles": ("crowded", people(60, 62, 70, 55, 61, 55, 63, 61), [1]),
    "a charging place as ever": ("charger_hot", heat(90), []),
    "a charging place on fire": ("charger_hot", heat(60, hot=(1200, 1201)), [1]),
    "shared power as ever": ("public_power_odd", power(70), []),
    "lamps that burn by day": ("public_power_odd", power(60, lambda day, hour: 5 * (day == 50 and 9 <= hour < 16)), [1]),
    "a level that holds": ("public_power_shift", power(120), []),
    "a level that rises": ("public_power_shift", power(80, lambda day, hour: 1.5 * (day >= 50)), [1]),
    "a single odd day is no new level": ("public_power_shift", power(80, lambda day, hour: 9 * (day == 50)), []),
    "a house without a leak": ("slow_leak", water(14, lambda day: 0), []),
    "a toilet that runs": ("slow_leak", water(14, lambda day: 6 if day >= 7 else 0), [1]),
    "two nights are too few": ("slow_leak", water(14, lambda day: 6 if 7 <= day < 9 else 0), []),
}  # fmt: skip
WEEKS = {rule for rule, _, _ in CASES.values()}


@pytest.mark.parametrize("case", CASES)
def test_what_is_odd_speaks_once_and_what_is_usual_does_not(case):
    rule, readings, devices = CASES[case]
    said = live(rule, readings)
    assert [device for _, device in warned(said)] == devices


def test_when_it_speaks():
    assert warned(live(*CASES["lamps that burn by day"][:2])) == [(50, 1)]
    assert 51 <= warned(live(*CASES["a level that rises"][:2]))[0][0] <= 56
    assert warned(live(*CASES["a toilet that runs"][:2])) == [(9, 1)]
    assert warned(live(*CASES["one lift re-levels four times as often"][:2]))[0][0] <= 25
    assert warned(live(*CASES["a charging place on fire"][:2])) == [(50, 1)]
    day = warned(live(*CASES["shaking that grows"][:2]))[0][0]
    assert 0.06 + (day - 30) * 0.0015 < 0.15, "before it is too much"


def test_it_is_over_when_it_is_mended():
    mended = live("slow_leak", water(20, lambda day: 6 if 7 <= day < 12 else 0))
    assert [name for name, *_ in mended] == ["warns", "ended"] and mended[1][1] == 12
    mended = live("lift_unlike_others", lifts(60, lambda lift, day: 16 if lift == 3 and 20 <= day < 30 else 4))
    assert [(name, device) for name, _, device in mended] == [("warns", 3), ("ended", 3)]
    assert [name for name, *_ in live("crowded", people(60, 60, 70, 60, 40, 60, 60, 60))] == ["warns", "ended", "warns"]


def test_a_meter_that_was_exchanged_or_a_day_without_readings_counts_nothing():
    swapped = [(hour, 1, {name: value - 900 for name, value in values.items()}) if hour > 24 * 90 else (hour, 1, values)
               for hour, _, values in lifts(120, count=1)]  # fmt: skip
    assert live("lift_door_wear", swapped) == []
    gaps = [one for one in power(90, lambda day, hour: 0.0) if not 40 <= one[0] / 24 < 50]
    assert live("public_power_shift", gaps) == [] and live("public_power_odd", gaps) == []


def test_memory_stays_small():
    for rule, readings in ((rule, readings) for rule, readings, _ in CASES.values()):
        detector, memory = shipped_detector(rule), {}
        for hour, device, values in sorted(readings, key=lambda one: one[:2]):
            memory = detector.observe(memory, Seen(device, MIDNIGHT + timedelta(hours=hour), values)).memory
        assert len(json.dumps(memory)) < (9_000 if rule == "public_power_odd" else 4_000), rule


STEPS = {
    "lift_unlike_others": st.fixed_dictionaries({"relevels": st.integers(0, 400), "trips": st.integers(0, 900)}),
    "lift_door_wear": st.fixed_dictionaries({"door_cycles": st.integers(0, 400), "trips": st.integers(0, 900)}),
    "lift_vibration_trend": st.fixed_dictionaries({"vibration": st.floats(0, 0.3)}),
    "lift_repeat_fault": st.fixed_dictionaries({"faults": st.integers(0, 9)}),
    "crowded": st.dictionaries(st.sampled_from(["people@a", "people@b", "fire@a"]), st.integers(0, 90), min_size=1),
    "charger_hot": st.fixed_dictionaries({"temperature": st.floats(-20, 100)}),
    "public_power_odd": st.fixed_dictionaries({"energy": st.floats(0, 1e4)}),
    "public_power_shift": st.fixed_dictionaries({"energy": st.floats(0, 1e4)}),
    "slow_leak": st.fixed_dictionaries({"volume": st.floats(0, 1e4)}),
}


@pytest.mark.parametrize("rule", STEPS)
@given(data=st.data())
@settings(max_examples=25)
def test_any_readings_and_any_restarts_make_no_difference(rule, data):
    steps = data.draw(
        st.lists(
            st.tuples(st.integers(0, 600), st.integers(1, 6), STEPS[rule]), max_size=120, unique_by=lambda one: one[:2]
        )
    )
    readings = [(hour / 2, device, values) for hour, device, values in steps]
    once = live(rule, readings)
    assert live(rule, readings, restart=True) == once
    for device in {device for _, _, device in once}:
        told = (
            [name for name, _, one in once if one == device] if rule == "lift_unlike_others" else [n for n, *_ in once]
        )
        if rule != "public_power_shift":
            assert told == (["warns", "ended"] * len(told))[: len(told)]


@given(st.lists(st.floats(0, 1e6), min_size=56, max_size=240), st.floats(0.0004, 0.3))
@settings(max_examples=100)
def test_a_rarer_alarm_has_a_higher_limit(peaks, share):
    limit, threshold = limit_for(peaks, share)
    rarer, _ = limit_for(peaks, share / 3)
    assert rarer >= limit - 1e-6 * max(1.0, abs(limit)) and rarer >= threshold - 1e-6 * max(1.0, threshold)


@pytest.mark.parametrize("a_month", [1, 4])
def test_the_alarm_budget_is_kept_on_days_that_were_not_learned_from(a_month):
    """Forty devices, 60 days to learn, then 90: the realised rate is within a fifth of what was asked for."""
    spoken = 0
    for device in range(40):
        rng = noise("budget", device)
        readings = [(n, 1, {"temperature": 60 + 5 * rng.gauss(0, 1) + 3 * (n % 24 > 12) + rng.expovariate(0.5)})
                    for n in range(150 * 24)]  # fmt: skip
        spoken += sum(day >= 60 for day, _ in warned(live("charger_hot", readings, a_month=a_month)))
    assert 0.8 <= spoken / (40 * 3 * a_month) <= 1.2


@given(st.lists(st.floats(-5, 5), min_size=21, max_size=42), st.floats(0.5, 3))
@settings(max_examples=60)
def test_the_slope_is_that_of_a_line_and_turns_with_it(values, slope):
    line = [(n, slope * n) for n in range(len(values))]
    assert rising(line)[0] == pytest.approx(slope) and rising(line)[1] > 3
    noisy = [(n, value) for n, value in enumerate(values)]
    up, sure = rising(noisy)
    down, unsure = rising([(n, -value) for n, value in noisy])
    assert up == pytest.approx(-down) and sure == pytest.approx(-unsure)
