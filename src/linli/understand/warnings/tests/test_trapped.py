"""The trapped-rider rule of domain.md §4.6, second by second, and through restarts."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings.detectors.base import Said, Seen
from linli.understand.warnings.shipped import shipped_detector

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
STUCK = {"in_door_zone": 0, "door_open": 0, "car_occupied": 1, "floor": 3, "speed": 0}
FREE = {"in_door_zone": 1, "door_open": 1, "car_occupied": 0}


def live(*steps, until=None, wakes=(), restart=True):
    """What the detector says over ``(second, values)`` steps, woken when due and at ``wakes`` (seconds)."""
    detector, memory, due, said = shipped_detector("trapped"), {}, None, []
    moments = [(START + timedelta(seconds=s), values) for s, values in steps]
    moments += [(START + timedelta(seconds=s), None) for s in (*wakes, *([until] if until else []))]

    def take(answer: Said):
        nonlocal memory, due
        memory, due = answer.memory, answer.due_at
        if restart:
            memory = json.loads(json.dumps(memory))
        if answer.warning:
            said.append(("warns", answer.warning["reason"], answer.warning["since"]))
        if answer.ended_at:
            said.append(("ended", answer.ended_at.isoformat()))

    for at, values in sorted(moments, key=lambda m: m[0]):
        while due is not None and due <= at:
            take(detector.wake(memory, due))
        if values is not None:
            take(detector.observe(memory, Seen(1, at, values)))
    return said


def second(n):
    return (START + timedelta(seconds=n)).isoformat()


def test_sixty_seconds_between_floors_with_somebody_inside_warn():
    assert live((0, STUCK), until=59) == []
    assert live((0, STUCK), until=60) == [("warns", "stuck", second(0))]
    assert live((0, STUCK), (30, {"car_occupied": 1}), (60, {"car_occupied": 1})) == [("warns", "stuck", second(0))]


def test_a_shut_door_at_the_floor_warns_too():
    assert live((0, {**STUCK, "in_door_zone": 1}), until=61) == [("warns", "stuck", second(0))]


def test_an_empty_car_a_moving_car_and_a_car_under_maintenance_do_not_warn():
    assert live((0, {**STUCK, "car_occupied": 0}), until=600) == []
    assert live((0, {**STUCK, "speed": 1.0}), until=600) == []
    assert live((0, {**STUCK, "service_mode": 1, "alarm_pressed": 1}), until=600) == []


def test_the_door_that_opens_in_time_starts_the_minute_anew():
    assert live((0, STUCK), (59, {**STUCK, "door_open": 1, "in_door_zone": 1}), (60, STUCK), until=119) == []
    assert live((0, STUCK), (59, {**STUCK, "door_open": 1, "in_door_zone": 1}), (60, STUCK), until=120) == [
        ("warns", "stuck", second(60))
    ]


def test_the_alarm_warns_after_three_seconds_but_not_for_a_touch():
    pressed = {**FREE, "alarm_pressed": 1}
    assert live((0, pressed), until=2) == []
    assert live((0, pressed), (2, {"alarm_pressed": 0}), until=60) == []
    assert live((0, pressed), until=3) == [("warns", "alarm", second(0))]


def test_the_alarm_in_a_stuck_car_is_told_as_well_and_the_end_once():
    said = live((0, STUCK), (70, {"alarm_pressed": 1}), (80, {"alarm_pressed": 0}), (600, FREE), until=700)
    assert said == [
        ("warns", "stuck", second(0)),
        ("warns", "alarm", second(70)),
        ("ended", second(600)),
    ]


def test_a_reading_that_comes_late_and_is_older_changes_nothing():
    assert live((0, STUCK), until=61) == live((0, STUCK), (0, STUCK), until=61)
    detector = shipped_detector("trapped")
    now = detector.observe({}, Seen(1, START, STUCK))
    late = detector.observe(now.memory, Seen(1, START - timedelta(seconds=5), FREE))
    assert (late.memory, late.due_at) == (now.memory, now.due_at)


def test_the_numbers_of_the_sentence_are_in_the_evidence():
    said = shipped_detector("trapped").wake(
        shipped_detector("trapped").observe({}, Seen(1, START, STUCK)).memory, START + timedelta(seconds=60)
    )
    assert said.warning == {
        "reason": "stuck", "since": second(0), "seconds": 60, "floor": 3, "in_door_zone": 0, "door_open": 0,
    }  # fmt: skip


values = st.fixed_dictionaries(
    {name: st.integers(0, 1) for name in ("in_door_zone", "door_open", "car_occupied", "alarm_pressed")}
)
lives = st.lists(st.tuples(st.integers(0, 400), values), max_size=15, unique_by=lambda step: step[0])


@given(lives, st.lists(st.integers(0, 500), max_size=20))
@settings(max_examples=300)
def test_when_it_is_restarted_or_woken_makes_no_difference(steps, wakes):
    assert live(*steps, until=600, wakes=wakes, restart=True) == live(*steps, until=600, restart=False)


@given(lives)
@settings(max_examples=200)
def test_it_agrees_with_looking_every_second(steps):
    told = [entry for entry in live(*steps, until=600) if entry[:2] == ("warns", "stuck")]
    by_second, current, stuck_since = dict(steps), {}, None
    expected = set()
    for n in range(601):
        if stuck_since is not None and n - stuck_since >= 60:
            expected.add(second(stuck_since))
        current |= by_second.get(n, {})
        holds = current.get("car_occupied") == 1 and (current["in_door_zone"] == 0 or current["door_open"] == 0)
        stuck_since = (n if stuck_since is None else stuck_since) if holds else None
    assert {since for *_, since in told} <= expected
    alarms = any(step[1]["alarm_pressed"] for step in steps)
    if not alarms:
        assert {since for *_, since in told} == expected
