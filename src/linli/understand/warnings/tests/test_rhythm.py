"""A home's own day: what is unlike it speaks, what is like it does not, however different homes are."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.detectors.stillness import surprise_of, surprises
from linli.understand.warnings.explaining import sentence
from linli.understand.warnings.shipped import shipped_detector

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 0:00 in Shanghai."""
USUAL = (7, 8, 12, 13, 18, 19, 21)


def live(hours_of, days, restart=False, **numbers):
    """``hours_of(day)`` are the hours with movement; what the rule says, as (reason, day, hour)."""
    detector, memory, said = shipped_detector("home_rhythm", **numbers), {}, []
    for n in range(days * 24):
        day, hour = divmod(n, 24)
        at = MIDNIGHT + timedelta(hours=n, minutes=30)
        answer = detector.observe(memory, Seen(1, at, {"motion": float(hour in hours_of(day))}))
        memory = json.loads(json.dumps(answer.memory)) if restart else answer.memory
        if answer.warning:
            said.append((answer.warning["reason"], day, hour))
        if answer.ended_at:
            said.append(("ended", day, hour))
    return said


def test_a_home_that_lives_as_ever_is_never_spoken_of():
    assert live(lambda day: USUAL, 90) == []
    assert live(lambda day: USUAL if day % 7 < 5 else (10, 15, 22), 90)[3:] == []


def test_late_rising_is_told_the_same_morning():
    (reason, day, hour), *rest = live(lambda day: USUAL if day < 40 else (), 41)
    assert (reason, day) == ("still", 40) and 8 <= hour <= 13 and not rest


def test_it_is_over_with_the_next_sign_of_life():
    said = live(lambda day: (18, 19) if day == 40 else USUAL, 45)
    assert [name for name, *_ in said] == ["still", "ended"] and said[1][1:] == (40, 18)


def test_a_home_with_long_quiet_weekends_is_not_asked_about_each():
    def hours(day):
        return () if day % 7 in (5, 6) else USUAL

    said = [one for one in live(hours, 160) if one[0] == "still"]
    assert len(said) <= 3, "only until the home has shown that it does so"


def test_wandering_at_night_and_decline_over_weeks_are_told():
    assert ("night", 41, 0) in live(lambda day: (*USUAL, 1, 2, 3) if day == 40 else USUAL, 43)
    assert not [one for one in live(lambda day: (*USUAL, 2), 60) if one[0] == "night"]
    weaker = live(lambda day: USUAL if day < 75 else (8, 12, 18), 110, surprise=20)
    assert [name for name, *_ in weaker].count("decline") == 1


def test_a_device_that_is_silent_has_shown_no_stillness():
    detector, memory = shipped_detector("home_rhythm"), {}
    for n in range(40 * 24):
        at = MIDNIGHT + timedelta(hours=n)
        memory = detector.observe(memory, Seen(1, at, {"motion": float(n % 24 in USUAL)})).memory
    woken = detector.wake(memory, MIDNIGHT + timedelta(days=50))
    assert woken.warning is None and detector.observe(memory, Seen(1, MIDNIGHT, {"motion": 0.0})).warning is None


@given(st.lists(st.sets(st.integers(0, 23), max_size=8), min_size=16, max_size=24))
@settings(max_examples=20)
def test_a_restart_changes_nothing(days):
    def hours(day):
        return days[day]

    assert live(hours, len(days), restart=True) == live(hours, len(days))


def together(days, up=lambda day: True, night=lambda day: False, cooks=lambda day: True, without=(), taps=False):
    """A home with four devices, each reading as it would be sent: (hour, device, values), oldest first."""
    readings, water, energy = [], 100.0, 500.0
    for n in range(days * 24 * 4):
        hours = n / 4
        day, hour = divmod(hours, 24)
        awake, cooking = up(day) and hour in USUAL, up(day) and cooks(day) and hour in (7, 12, 18)
        water += 0.006 * (awake if taps else cooking)
        energy += 0.02 + (0.4 if cooking else 0)
        said = {
            1: {"motion": float(awake or (night(day) and hour in (1, 2, 3)))},
            2: {"volume": round(water, 4), "battery": 80.0},
            3: {"energy": round(energy, 3)},
            4: {"open": float(up(day) and hour == 9), "battery": 90.0},
        }
        readings += [
            (hours + device / 3600, device, values)
            for device, values in said.items()
            if device not in without and (device != 4 or hour % 6 == 0 or hour == 9)
        ]
    return readings


def live_together(readings, **numbers):
    detector, memory, said = shipped_detector("combined_rhythm", **numbers), {}, []
    for hours, device, values in readings:
        answer = detector.observe(memory, Seen(device, MIDNIGHT + timedelta(hours=hours), values))
        memory = json.loads(json.dumps(answer.memory))
        if answer.warning:
            assert sentence("combined_rhythm", answer.warning)
            said.append((answer.warning["reason"], int(hours // 24), answer.warning["heard"]))
    assert len(json.dumps(memory)) < 6_000
    return said


ALL = ["energy", "motion", "open", "volume"]


def test_water_stove_door_and_movement_are_one_rhythm():
    assert live_together(together(40)) == []
    assert live_together(together(41, up=lambda day: day < 40)) == [("still", 40, ALL)]
    assert ("night", 41, ALL) in live_together(together(42, night=lambda day: day == 40))
    assert live_together(together(42, cooks=lambda day: day != 40)) == [("meals", 41, ALL)]
    assert live_together(together(42, cooks=lambda day: day != 40), meals=0) == []


def test_one_device_that_lives_on_shows_that_somebody_does():
    """The movement sensor is still, the tap is not: nobody is asked."""
    readings = [
        one if one[1] != 1 or one[0] < 40 * 24 else (*one[:2], {"motion": 0.0}) for one in together(44, taps=True)
    ]
    assert not [one for one in live_together(readings) if one[0] == "still"]
    assert [one[0] for one in live_together(together(41, up=lambda day: day < 40, without=(2, 3)))] == ["still"]


def test_a_device_that_fell_silent_is_no_still_home():
    silent = [one for one in together(44, up=lambda day: day < 40) if one[1] != 1 or one[0] < 39.5 * 24]
    assert not [one for one in live_together(silent) if one[0] == "still"]


def at_home(days, events):
    """``events(day)``: (hour, device, values) of movement (1), the door (4) and the water meter (2); messages in between."""
    readings = []
    for day in range(days):
        said = [(hour, device, values) for hour, device, values in events(day)]
        said += [(hour + 0.99, 1, {"motion": 0.0}) for hour in range(24)]
        said += [(hour + 0.9, 4, {"open": 0.0}) for hour in (3, 9, 15, 21)]
        readings += [(day * 24 + hour, device, values) for hour, device, values in said]
    return sorted(readings, key=lambda one: one[0])


def moves(*hours):
    return [(hour, 1, {"motion": 1.0}) for hour in hours]


UP = tuple(hour + 0.4 for hour in range(7, 22))


def walk(since, until, day_long=UP):
    """A day on which somebody goes out at ``since`` and comes back at ``until``."""
    inside = [hour for hour in day_long if not since <= hour < until]
    return [*moves(*inside, until + 0.05), (since, 4, {"open": 1.0}), (until, 4, {"open": 1.0})]


def usual(day):
    return walk(9, 10.5 + day % 3)


def test_a_walk_is_no_stillness_and_stillness_inside_is_told_within_hours():
    assert live_together(at_home(40, usual)) == []
    away = live_together(at_home(41, lambda day: usual(day) if day < 40 else walk(9, 17)))
    assert away == [], "longer than ever, but out, and back within half a day"
    fallen = live_together(at_home(41, lambda day: usual(day) if day < 40 else moves(7.4, 8.4, 9.4)))
    assert [one[:2] for one in fallen] == [("still", 40)]
    soon = live_together([one for one in at_home(41, lambda d: usual(d) if d < 40 else moves(7.4, 8.4, 9.4))
                          if one[0] <= 40 * 24 + 14])  # fmt: skip
    assert soon == fallen, "by two in the afternoon"


def test_who_went_out_and_does_not_come_back_is_told_after_half_a_day():
    gone = at_home(
        42, lambda day: usual(day) if day < 40 else [*moves(7.4, 8.4), (9, 4, {"open": 1.0})] if day == 40 else []
    )
    assert [one[:2] for one in live_together(gone)] == [("still", 40)]
    assert live_together([one for one in gone if one[0] <= 40 * 24 + 20.9]) == []
    assert live_together(gone, out_hours=24)[0][:2] == ("still", 41)


def test_a_leak_is_nobody_awake_and_hides_nobody():
    def leaking(day, still_from=99.0):
        flow = 0.02 if day >= 40 else 0.0
        hours = [hour for hour in UP if day * 24 + hour < still_from]
        drawn = 0.0
        for quarter in range(96):
            hour = (quarter + 1) / 4
            drawn += flow / 4 + sum(0.006 for one in hours if hour - 0.25 <= one < hour)
            yield hour - 0.001, 2, {"volume": round(start[day] + drawn, 4)}
        start[day + 1] = round(start[day] + drawn, 4)

    start = {0: 100.0}
    awake = live_together(at_home(44, lambda day: [*usual(day), *leaking(day)]))
    assert awake == [], "the water that runs all night is not somebody who is up"
    start = {0: 100.0}
    until = 43 * 24 + 9.0
    lying = at_home(44, lambda day: [*(usual(day) if day < 43 else moves(7.4, 8.4)), *leaking(day, until)])
    assert [one[:2] for one in live_together(lying)] == [("still", 43)]


def test_the_door_alone_is_compared_with_the_home_s_own_days():
    def door(days, opens):
        detector, memory, said = shipped_detector("door_rhythm"), {}, []
        for n in range(days * 24):
            day, hour = divmod(n, 24)
            at = MIDNIGHT + timedelta(hours=n, minutes=30)
            answer = detector.observe(memory, Seen(1, at, {"open": float(hour in opens(day))}))
            memory = json.loads(json.dumps(answer.memory))
            if answer.warning:
                assert sentence("door_rhythm", answer.warning)
                said.append((day, hour, answer.warning["hours"]))
        return said

    assert door(60, lambda day: (9, 10)) == []
    assert door(90, lambda day: (9, 10) if day % 3 else ())[3:] == [], (
        "who stays in every third day is not asked each time"
    )
    ((day, hour, hours),) = door(42, lambda day: (9, 10) if day < 40 else ())
    assert (day, hour >= 10, 24 <= hours <= 30) == (40, True, True)


days_of_bits = st.lists(st.tuples(st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1)), min_size=1, max_size=30)


@given(days_of_bits, st.booleans(), st.integers(0, 80), st.integers(0, 23))
def test_a_still_hour_never_surprises_less_than_nothing_nor_without_end(days, out, still, hour):
    surprise = surprise_of(surprises(days), out=out, still=still, hour=hour)
    assert 0 <= surprise <= 3.92


@given(days_of_bits, st.integers(0, 23))
def test_an_hour_that_always_shows_life_surprises_more_than_one_that_never_does(days, hour):
    always = [(signs | 1 << hour, 0) for signs, _out in days]
    never = [(signs & ~(1 << hour), 0) for signs, _out in days]
    assert surprise_of(surprises(always), out=False, still=0, hour=hour) > surprise_of(
        surprises(never), out=False, still=0, hour=hour
    )
