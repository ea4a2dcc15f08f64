"""The water rule of domain.md §5.5 with the vectors of §18."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.shipped import shipped_detector

SHANGHAI = ZoneInfo("Asia/Shanghai")
EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=SHANGHAI)


def live(*readings, battery=None, until=None):
    """``(hours after 8:00, m³)`` readings; what is said, with the hour of the reading that brought it."""
    detector, memory, due, said = shipped_detector("no_water"), {}, None, []

    def take(answer, hour):
        nonlocal memory, due
        memory, due = json.loads(json.dumps(answer.memory)), answer.due_at
        said.extend((name, hour) for name in ("warning", "ended_at", "silent_since") if getattr(answer, name))
        return answer

    for hour, volume in readings:
        at = EIGHT + timedelta(hours=hour)
        while due is not None and due <= at:
            take(detector.wake(memory, due), (due - EIGHT) / timedelta(hours=1))
        values = {"volume": volume} | ({"battery": battery} if battery is not None else {})
        take(detector.observe(memory, Seen(7, at, values)), hour)
    while until is not None and due is not None and due <= EIGHT + timedelta(hours=until):
        take(detector.wake(memory, due), (due - EIGHT) / timedelta(hours=1))
    return said


def hourly(*volumes):
    return list(enumerate(volumes))


def warned(said):
    return [hour for what, hour in said if what == "warning"]


def test_nine_litres_in_twelve_hours_warn_and_ten_do_not():
    assert warned(live((0, 100.000), (12, 100.009))) == [12]
    assert warned(live((0, 100.000), (12, 100.010))) == []


def test_a_missing_reading_is_a_matter_for_repair_not_a_warning():
    assert live((0, 100.0), until=40) == [("silent_since", 6.0)]


def test_one_episode_warns_once_and_ends_when_water_runs():
    readings = [*hourly(*[100.0] * 14), (14, 100.002), (14.5, 100.050)]
    said = live(*readings)
    assert said == [("warning", 12), ("ended_at", 14.5)]


def test_night_is_for_sleeping():
    evening = [(h, 100.0) for h in range(4, 26)]
    assert warned(live(*evening)) == [22], "quiet from noon: asked at 6:00 next morning, not at midnight"


def test_little_by_little_is_use():
    trickle = hourly(*[100 + n * 0.002 for n in range(14)])
    assert warned(live(*trickle)) == []


def test_an_exchanged_meter_starts_anew():
    assert warned(live((0, 100.0), (6, 0.0), (12, 0.0))) == []
    assert warned(live((0, 100.0), (0.5, 0.0), (6, 0.0), (12.5, 0.0))) == [12.5]


def test_a_weak_battery_says_nothing():
    assert warned(live(*hourly(*[100.0] * 14), battery=14)) == []


def test_two_meters_in_one_home_count_together():
    detector, memory = shipped_detector("no_water"), {}
    said = []
    for hour in range(14):
        for device, volume in ((1, 100.0), (2, 50 + hour * 0.02)):
            answer = detector.observe(memory, Seen(device, EIGHT + timedelta(hours=hour), {"volume": volume}))
            memory = answer.memory
            said.append(answer.warning)
    assert not any(said)


def test_the_evidence_has_the_numbers():
    detector = shipped_detector("no_water")
    first = detector.observe({}, Seen(7, EIGHT, {"volume": 100.0}))
    said = detector.observe(first.memory, Seen(7, EIGHT + timedelta(hours=12), {"volume": 100.009}))
    assert said.warning["hours"] == 12.0 and said.warning["litres"] == 9.0
    assert (said.warning["volume_from"], said.warning["volume_to"]) == ("100.0", "100.009")


@given(st.lists(st.integers(0, 6), min_size=13, max_size=40))
@settings(max_examples=200)
def test_it_agrees_with_comparing_every_pair_of_readings(litres):
    volumes, total = [], 100_000
    for used in litres:
        total += used
        volumes.append(total)
    said = live(*[(n, v / 1000) for n, v in enumerate(volumes)])
    told, expected = False, []
    for n, now in enumerate(volumes):
        quiet = any(now - volumes[m] < 10 and n - m >= 12 for m in range(n))
        by_day = 6 <= (8 + n) % 24 < 22
        if told and not quiet:
            told = False
            expected.append(("ended_at", n))
        elif not told and quiet and by_day:
            told = True
            expected.append(("warning", n))
    assert said == expected
