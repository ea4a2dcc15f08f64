"""A home's own day: what is unlike it speaks, what is like it does not, however different homes are."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings.detectors.base import Seen
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
@settings(max_examples=20, deadline=None)
def test_a_restart_changes_nothing(days):
    def hours(day):
        return days[day]

    assert live(hours, len(days), restart=True) == live(hours, len(days))
