"""Who noticed first: warnings beside requests of the same trouble at the same place."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework.rules.first_to_notice import EARLIER, LATER, Place, Sign, noticed, unseen

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LIFT = Place(facility=7, building=3)
HOUR = timedelta(hours=1)


def sign(category="070100", place=LIFT, after=0.0, pk=1):
    return Sign(pk, category, place, NOW + after * HOUR)


def leads(warnings, requests):
    return [one.lead for one in noticed(warnings, requests)]


def test_the_first_request_of_the_same_trouble_counts_and_those_after_it_do_not():
    assert leads([sign()], [sign("070200", after=5), sign(after=2), sign(after=9)]) == [2 * HOUR]


def test_people_may_be_first_and_nobody_may_have_said_anything():
    assert leads([sign()], [sign(after=-1)]) == [-HOUR]
    assert leads([sign()], []) == [None]


def test_another_trouble_another_place_and_another_time_are_not_it():
    elsewhere = Place(facility=8, building=3)
    said = [sign("050100", after=1), sign(place=elsewhere, after=1), sign(after=73), sign(after=-25)]
    assert leads([sign()], said) == [None]


def test_a_request_that_names_only_the_building_is_about_the_lift_in_it_but_one_from_next_door_is_not_about_this_home():
    assert leads([sign()], [sign(place=Place(building=3), after=1)]) == [HOUR]
    home = sign("100100", Place(home=1, building=3))
    assert leads([home], [sign("100100", Place(home=2, building=3), after=1)]) == [None]


def test_what_stood_in_sight_of_a_device_and_was_not_warned_of_is_unseen():
    said = [sign(pk=1), sign(pk=2, place=Place(building=9)), sign("070300", pk=3), sign(pk=4, after=100)]
    assert [one.pk for one in unseen(said, [sign(after=99)], {"070100": [LIFT]})] == [1]


places = st.builds(Place, *(st.one_of(st.none(), st.integers(1, 2)) for _ in range(3)))
signs = st.builds(
    Sign,
    st.integers(1, 99),
    st.sampled_from(["070100", "070200", "100100"]),
    places,
    st.integers(-200, 200).map(lambda hours: NOW + hours * HOUR),
)


@given(st.lists(signs, max_size=5), st.lists(signs, max_size=8), places)
def test_nothing_is_both_noticed_and_unseen_and_leads_stay_in_the_span(warnings, requests, stands):
    missed = unseen(requests, warnings, {"070100": [stands], "070200": [stands], "100100": [stands]})
    for one in noticed(warnings, requests):
        assert one.lead is None or -EARLIER <= one.lead <= LATER
        assert not any(said.speaks_of(one.warning) for said in missed)


@given(places, places)
def test_being_at_a_place_is_mutual(one, other):
    assert one.is_at(other) == other.is_at(one)
