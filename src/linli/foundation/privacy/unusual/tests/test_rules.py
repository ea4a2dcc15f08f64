"""What is unusual about a look, and what is not."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.unusual.rules import MANY, Reading, reasons

NOON = datetime(2026, 3, 2, 12)


def look(resident=1, about="case:1", at=NOON, emergency=False, same_building=False):
    return Reading(resident, about, at, emergency, same_building)


def test_a_look_in_the_daytime_for_one_piece_of_work_is_nothing_to_ask_about():
    assert reasons(look(), [look(), look(at=NOON - timedelta(hours=3))]) == []


def test_a_neighbour_in_ones_own_building():
    assert reasons(look(same_building=True), []) == ["neighbour"]


@pytest.mark.parametrize(("hour", "minute", "asked"), [(6, 59, True), (7, 0, False), (20, 59, False), (21, 0, True)])
def test_before_seven_and_from_nine_on(hour, minute, asked):
    assert ("night" in reasons(look(at=NOON.replace(hour=hour, minute=minute)), [])) == asked


def test_the_third_work_on_one_person_in_a_week():
    before = [look(about="case:1", at=NOON - timedelta(days=7)), look(about="case:2", at=NOON - timedelta(days=1))]
    assert reasons(look(about="case:3"), before) == ["again"]
    assert reasons(look(about="case:2"), before) == []
    assert reasons(look(about="case:3", at=NOON + timedelta(minutes=1)), before) == []


def test_the_tenth_person_within_an_hour_even_in_an_emergency():
    before = [look(resident=n, about="warning:1", emergency=True) for n in range(2, MANY + 1)]
    assert reasons(look(emergency=True), before) == ["many"]
    assert reasons(look(emergency=True), before[1:]) == []


@given(
    st.builds(look, st.integers(1, 3), st.sampled_from(["case:1", "case:2"]), st.just(NOON), st.just(True)),
    st.lists(st.builds(look, st.integers(1, MANY - 1)), max_size=40),
)
def test_danger_to_life_is_asked_about_only_when_many_were_looked_at(reading, earlier):
    assert reasons(reading, earlier) == []
