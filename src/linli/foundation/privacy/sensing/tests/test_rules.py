"""The rules of places, faces, zones, risk and scope, as plain functions."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.sensing.models import Method, Room
from linli.foundation.privacy.sensing.rules import entry, forbidden, risk, zones
from linli.foundation.privacy.sensing.rules.places import NEAREST_FIRST, Spot, Where, covers
from linli.foundation.privacy.sensing.rules.scope import Scope, beyond

TODAY = date(2026, 3, 2)
ids = st.none() | st.integers(1, 3)
spots = st.builds(Spot, st.just("camera"), ids, ids, ids, ids, ids)


def a_place(level, pk, inside):
    return Where(inside, **({level: pk} if level else {}))


places = st.builds(a_place, st.sampled_from([None, *NEAREST_FIRST]), st.integers(1, 3), st.booleans())


@given(places, spots)
def test_a_declaration_covers_exactly_its_own_place_and_never_crosses_a_front_door(where, spot):
    named = [level for level in NEAREST_FIRST if getattr(where, level) is not None]
    right_side = where.inside_homes == (spot.home is not None)
    assert covers(where, spot) == (right_side and all(getattr(where, level) == getattr(spot, level) for level in named))


def test_every_place_and_way_that_can_be_chosen_is_known_to_the_rules():
    assert list(Room.values) == list(forbidden.ROOMS)
    assert set(Method.values) == set(entry.METHODS)


@pytest.mark.parametrize("room", sorted(forbidden.UNSEEN))
def test_nothing_that_sees_hangs_where_the_regulation_forbids_it(room):
    assert forbidden.forbids(room, "", inside_homes=False) == "forbidden_room"


@pytest.mark.parametrize("room", forbidden.ROOMS)
def test_nothing_that_sees_hangs_in_a_home(room):
    assert forbidden.forbids(room, "", inside_homes=True) == "at_home"


@pytest.mark.parametrize(
    "words",
    ["女更衣室", "活动中心浴室里", "母婴室内", "二楼卫生间", "招待所客房", "投票间", "Changing room", "ladies' toilet, inside", "卧室窗台"],
)  # fmt: skip
def test_a_harmless_choice_in_the_list_does_not_open_what_the_words_name(words):
    assert forbidden.forbids("centre", words, inside_homes=False) == "forbidden_words"


@pytest.mark.parametrize(
    "words", ["卫生间门外的走廊", "更衣室门口", "宿舍楼大门", "东门岗亭上方", "浴室旁边的过道", "toilet door"]
)
def test_the_corridor_outside_is_no_forbidden_place(words):
    assert forbidden.forbids("corridor", words, inside_homes=False) == ""


methods = st.sets(st.sampled_from(entry.METHODS))


@given(methods, st.sampled_from(["", *entry.METHODS]), st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_face_passes_only_beside_a_way_that_needs_no_phone_and_was_tried(given_methods, tried, on):
    ok = entry.trouble_with(given_methods, tried, on, TODAY) == ""
    if not given_methods:
        assert not ok
    elif "face" not in given_methods:
        assert ok
    else:
        others = given_methods & entry.WITHOUT_A_PHONE
        assert ok == (tried in others and on is not None and on <= TODAY)


def test_a_telephone_is_no_other_way_because_not_everybody_has_one():
    assert entry.trouble_with({"face", "phone"}, "phone", TODAY, TODAY) == "face_alone"


def box(key, left, top, right, bottom, masked=False):
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return {"key": key, "name": key, "corners": corners, "masked": masked}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "no_zone"),
        ([box("a", 0, 0, 1, 1, True)], "no_zone"),
        ([box("A", 0, 0, 1, 1)], "bad_key"),
        ([box("a@b", 0, 0, 1, 1)], "bad_key"),
        ([box("a" * 16, 0, 0, 1, 1)], "bad_key"),
        ([box("a", 0, 0, 1, 1), box("a", 0, 0, 1, 1)], "key_twice"),
        ([box("a", 0, 0, 1, 1) | {"name": " "}], "no_name"),
        ([box("a", 0, 0, 1.1, 1)], "outside"),
        ([box("a", 0, 0, float("nan"), 1)], "outside"),
        ([box("a", 0, 0, 0.01, 0.01)], "too_small"),
        ([box("a", 0, 0, 1, 1) | {"corners": [[0, 0], [1, 1], [1, 0], [0, 1]]}], "crosses_itself"),
        ([box("a", 0, 0, 1, 1) | {"corners": [[0, 0], [1, 1]]}], "bad_corners"),
        ([box("a", 0, 0, 1, 1) | {"corners": [[0, 0, 0]] * 3}], "bad_corners"),
        ([box("a", 0, 0, 1, 1) | {"corners": "x"}], "bad_corners"),
        ([box("a", 0, 0, 0.6, 1), box("b", 0.5, 0, 1, 1, True)], "overlaps_mask"),
        ([box("a", 0, 0, 0.6, 1), box("b", 0, 0, 0.6, 1, True)], "overlaps_mask"),
        ([box("a", 0, 0, 1, 1), box("b", 0.4, 0.4, 0.6, 0.6, True)], "overlaps_mask"),
        ([box("a", 0.4, 0.4, 0.6, 0.6), box("b", 0, 0, 1, 1, True)], "overlaps_mask"),
        ([box(f"a{n}", 0, 0, 1, 1) for n in range(13)], "too_many"),
    ],
)  # fmt: skip
def test_zones_that_make_no_sense_are_refused(rows, code):
    with pytest.raises(zones.BadZones) as bad:
        zones.zones_from(rows)
    assert bad.value.code == code


def test_a_mask_may_touch_what_is_counted():
    assert len(zones.zones_from([box("a", 0, 0, 0.5, 1), box("b", 0.5, 0, 1, 1, True)])) == 2


corner = st.tuples(st.integers(0, 12), st.integers(0, 12))
GRID = 24


def simple(corners):
    return not zones.crosses_itself(corners) and zones.area(corners) > 2


polygons = st.lists(corner, min_size=3, max_size=6, unique=True).map(tuple).filter(simple)


@given(polygons, polygons)
def test_overlapping_is_what_a_fine_raster_sees(one, other):
    """The oracle: a point off every edge that lies in both."""
    probes = [((x + 0.503) / 2.03, (y + 0.297) / 2.03) for x in range(GRID) for y in range(GRID)]
    both = any(zones.contains(one, p) and zones.contains(other, p) for p in probes)
    if both:
        assert zones.overlap(one, other)
    assert zones.overlap(one, other) == zones.overlap(other, one)
    if not zones.overlap(one, other):
        assert not both


rated = st.builds(
    risk.Rated,
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(["", "锁起来"]),
    st.integers(1, 4),
    st.integers(1, 4),
)


@given(st.fixed_dictionaries(dict.fromkeys(risk.RISKS, rated)))
def test_a_matrix_passes_only_when_every_fall_has_a_measure_and_nothing_grows(matrix):
    trouble = risk.trouble_with(matrix)
    order = risk.LEVELS.index
    sound = all(
        order(one.after) <= order(one.before)
        and (
            one.measure
            or (one.before == "low" and (one.likelihood_after, one.harm_after) == (one.likelihood, one.harm))
        )
        for one in matrix.values()
    )
    assert (trouble is None) == sound
    assert risk.worst(matrix) == max((one.after for one in matrix.values()), key=order)


def test_the_matrix_grows_with_likelihood_and_with_harm():
    assert [[risk.level(a, b) for b in risk.STEPS] for a in risk.STEPS] == [
        ["low", "low", "low", "medium"],
        ["low", "medium", "medium", "high"],
        ["low", "medium", "high", "severe"],
        ["medium", "high", "severe", "severe"],
    ]
    with pytest.raises(ValueError, match="1 to 4"):
        risk.level(0, 1)


words = st.frozensets(st.sampled_from("abc"))
scopes = st.builds(Scope, words, words, st.integers(0, 9), words, st.booleans(), st.booleans(), st.booleans())


@given(scopes, scopes)
def test_what_two_scopes_hold_stays_within_their_union(one, other):
    assert beyond(one | other, one) == [] == beyond(one | other, other)
    assert Scope.from_json(one.as_json()) == one


@given(scopes, scopes, scopes)
def test_staying_within_is_transitive(one, two, three):
    if not beyond(one, two) and not beyond(two, three):
        assert not beyond(one, three)


def test_less_of_the_same_is_no_new_assessment_and_more_of_anything_is():
    weighed = Scope(frozenset({"p"}), frozenset({"m", "n"}), 30, frozenset({"r"}), True, True, False)
    assert beyond(weighed, replace(weighed, stored=frozenset({"m"}), keep_days=7, inside_homes=False)) == []
    for name, value in (
        ("purposes", frozenset({"q"})), ("stored", frozenset({"x"})), ("viewers", frozenset({"x"})), ("keep_days", 31),
        ("face", True),
    ):  # fmt: skip
        assert beyond(weighed, replace(weighed, **{name: value})) == [name]
