from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.simulator.neighbourhood import plan_neighbourhood
from linli.simulator.neighbourhood.land import surroundings

AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def neighbourhood():
    return plan_neighbourhood(1, as_of=AS_OF)


def test_the_numbers_are_the_papers(neighbourhood):
    assert len(neighbourhood.people) == 4906
    assert sum(p.age_on(AS_OF) >= 60 for p in neighbourhood.people) == 3189
    assert [e.kind for e in neighbourhood.estates].count("old") == 11
    assert [e.kind for e in neighbourhood.estates].count("new") == 2
    assert {b.grid for b in neighbourhood.buildings} == set(range(1, 12))
    assert len(neighbourhood.staff) == 18
    assert 1500 <= len(neighbourhood.devices) <= 1600


def test_nobody_turns_sixty_while_a_demo_runs(neighbourhood):
    for days in (-60, 60, 150):
        day = AS_OF + timedelta(days=days)
        assert sum(p.age_on(day) >= 60 for p in neighbourhood.people) == 3189


def test_the_same_seed_gives_the_same_neighbourhood_and_another_seed_another(neighbourhood):
    assert plan_neighbourhood(1, as_of=AS_OF) == neighbourhood
    assert plan_neighbourhood(2, as_of=AS_OF).people != neighbourhood.people


def test_codes_phones_and_homes_belong_to_one_each(neighbourhood):
    for codes in (
        [p.code for p in neighbourhood.people],
        [p.phone for p in neighbourhood.people if p.phone] + [s.phone for s in neighbourhood.staff],
        [h.code for h in neighbourhood.homes],
        [h.home for h in neighbourhood.households],
        [d.code for d in neighbourhood.devices],
        [f.code for f in neighbourhood.facilities],
    ):
        assert len(codes) == len(set(codes))


def test_every_phone_is_from_the_invented_range(neighbourhood):
    assert all(p.phone.startswith("1990000") and len(p.phone) == 11 for p in neighbourhood.people if p.phone)


def test_some_people_have_no_phone_a_compound_surname_or_four_characters(neighbourhood):
    assert 0.05 < sum(not p.phone for p in neighbourhood.people) / 4906 < 0.3
    assert any(p.name.startswith("欧阳") for p in neighbourhood.people)
    assert any(len(p.name) == 4 for p in neighbourhood.people)


def test_elders_living_alone_are_alone(neighbourhood):
    alone = [h for h in neighbourhood.households if h.kind == "alone"]
    assert 0.14 < len(alone) / 3189 < 0.16
    assert all(len(h.members) == 1 and h.members[0].living_alone for h in alone)
    assert all(h.members[0].age_on(AS_OF) >= 60 for h in alone)


def test_personas_can_play_their_part(neighbourhood):
    persona = neighbourhood.personas
    elder = neighbourhood.person_of[persona.elder]
    assert elder.age_on(AS_OF) >= 79 and elder.living_alone and elder.phone
    assert any(d.type == "water_meter" and d.home == elder.home for d in neighbourhood.devices)
    resident = neighbourhood.person_of[persona.resident]
    assert neighbourhood.grid_of_home[resident.home] == neighbourhood.grid_of_home[elder.home] == persona.grid
    assert any(f.kind == "lift" and f.grid == persona.grid for f in neighbourhood.facilities)


def _separated(one, other) -> bool:
    """Whether an axis separates two convex rings (separating axis theorem)."""
    for ring in (one, other):
        for (x1, y1), (x2, y2) in pairwise(ring):
            nx, ny = y2 - y1, x1 - x2
            mine = [x * nx + y * ny for x, y in one]
            theirs = [x * nx + y * ny for x, y in other]
            if max(mine) <= min(theirs) or max(theirs) <= min(mine):
                return True
    return False


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_buildings_stand_apart_and_inside_their_estate(seed):
    neighbourhood = plan_neighbourhood(seed, as_of=AS_OF)
    public = [
        f["geometry"]["coordinates"][0]
        for f in surroundings()["features"]
        if f["properties"]["kind"] in {"water", "green"} and len(f["geometry"]["coordinates"][0]) == 5
    ]
    rings = [b.ring for b in neighbourhood.buildings] + public
    for n, ring in enumerate(rings):
        assert all(_separated(ring, other) for other in rings[n + 1 :])
    for estate in neighbourhood.estates:
        (left, bottom), (right, top) = estate.ring[0], estate.ring[2]
        corners = [corner for b in estate.buildings for corner in b.ring]
        assert all(left <= x <= right and bottom <= y <= top for x, y in corners)


def test_a_small_neighbourhood_is_of_the_same_make():
    small = plan_neighbourhood(1, as_of=AS_OF, estates=1)
    assert len(small.estates) == 1 and small.grids == (1,)
    assert 250 < len(small.people) < 450
    assert any(d.type == "lift" for d in small.devices)
