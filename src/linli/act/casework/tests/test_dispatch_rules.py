"""Rules say where a case goes and why; the try-out box says the same as the real thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions, queries
from linli.act.casework.models import DispatchRule, Errand, OutsideUnit, State
from linli.act.casework.rules.dispatching import Condition, Matter, first_fit, within
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.privacy.door import masked
from linli.sense.requests.actions import Place

CODES = st.sampled_from(["070000", "070100", "050000", "050300", "990000"])
LEVELS = st.sampled_from(["", "P1", "P2"])
PLACES = st.none() | st.integers(1, 2)


@given(
    st.lists(
        st.builds(Condition, st.integers(), st.sampled_from(["", "070000", "070100"]), LEVELS, PLACES, PLACES, PLACES)
    ),
    st.builds(Matter, CODES, st.sampled_from(["P1", "P2"]), PLACES, PLACES, PLACES),
)
def test_the_first_that_fits_is_found_and_nothing_before_it_fits(conditions, matter):
    def fits(one):
        same = all(
            getattr(one, name) in ("", None, getattr(matter, name)) for name in ("level", "grid", "estate", "building")
        )
        return same and (
            not one.category or (matter.category[:2] == "07" and one.category in ("070000", matter.category))
        )

    found = first_fit(conditions, matter)
    fitting = [one for one in conditions if fits(one)]
    assert (found.key if found else None) == (fitting[0].key if fitting else None)


def test_a_class_holds_its_kinds_and_a_kind_not_its_class():
    assert within("070100", "070000") and within("070100", "070100")
    assert not within("070000", "070100") and not within("170100", "070000")


@pytest.fixture
def firm(world):
    with world.scope():
        yield actions.write_unit(
            kind="contractor", name="迅达维保", phone="19900007777", actor=world.actor("community_worker")
        )


def test_a_rule_gives_the_case_to_its_grid_and_its_firm_and_says_why(world, firm, monday_morning):
    director, resident = world.actor("community_director"), world.actor("resident")
    actions.write_rule(
        category="070000", building_id=world.buildings[0].pk, to_grid_id=world.grids[1].pk, to_unit_id=firm.pk,
        why="电梯归二网格盯，维保单位来修", actor=director,
    )  # fmt: skip
    said, here = "电梯坏了", world.buildings[0].pk
    tried = queries.try_out(said, building_id=here, actor=director)
    assert (tried.grid, tried.unit) == (world.grids[1], firm)
    assert "电梯归二网格盯" in tried.because and str(world.buildings[0]) in tried.because
    assert not Errand.objects.exists()
    case = actions.receive(said, actor=resident, place=Place(building_id=here)).case
    case = actions.accept(case.pk, actor=director) if case.state == State.SUBMITTED else case
    assert case.grid == world.grids[1]
    errand = case.errands.get()
    assert errand.unit == firm and said not in errand.task
    sentences = [
        line.sentence for line in queries.case_page(queries.load_case(case.pk, actor=director), director).timeline
    ]
    assert any("按规则 1" in sentence and "电梯归二网格盯" in sentence for sentence in sentences)
    moved = actions.dispatch(case.pk, grid_id=world.grids[0].pk, actor=director)
    assert moved.grid == world.grids[0]


def test_without_a_rule_the_place_decides_and_says_so(world, monday_morning):
    with world.scope():
        director = world.actor("community_director")
        assert queries.try_out("楼道灯坏了", building_id=world.buildings[1].pk, actor=director).grid == world.grids[1]
        nowhere = queries.try_out("楼道灯坏了", building_id=None, actor=director)
        assert nowhere.grid is None and "等人来派" in nowhere.because


def test_order_decides_and_an_ended_firm_rests(world, firm, monday_morning):
    director = world.actor("community_director")
    first = actions.write_rule(to_grid_id=world.grids[0].pk, why="都给一网格", actor=director)
    second = actions.write_rule(to_unit_id=firm.pk, why="都给维保", actor=director)
    assert queries.try_out("灯坏了", building_id=None, actor=director).unit is None
    actions.move_rule(second.pk, up=True, actor=director)
    assert queries.try_out("灯坏了", building_id=None, actor=director).unit == firm
    actions.end_unit(firm.pk, actor=director)
    assert queries.try_out("灯坏了", building_id=None, actor=director).grid == world.grids[0]
    assert not DispatchRule.objects.get(pk=second.pk).active
    assert masked(OutsideUnit.objects.get(pk=firm.pk), "phone") == ""
    actions.remove_rule(first.pk, actor=director)
    assert queries.try_out("灯坏了", building_id=None, actor=director).grid is None


@pytest.mark.parametrize(
    ("given", "code"),
    [({"why": "x"}, "target_missing"), ({"why": " ", "to_grid_id": 1}, "missing"),
     ({"why": "x", "to_grid_id": 1, "category": "123456"}, "category_unknown"),
     ({"why": "x", "to_grid_id": 1, "level": "P9"}, "level_unknown")],
)  # fmt: skip
def test_a_rule_that_says_nothing_is_refused(world, given, code):
    with world.scope(), pytest.raises(Invalid) as refused:
        actions.write_rule(actor=world.actor("community_director"), **given)
    assert refused.value.code == code


def test_only_the_director_writes_rules(world, firm):
    for who in ("community_worker", "grid_lead", "resident"):
        with pytest.raises(NotAllowed):
            actions.write_rule(to_unit_id=firm.pk, why="x", actor=world.actor(who))
    with pytest.raises(Conflict):
        actions.write_unit(kind="contractor", name="迅达维保", actor=world.actor("community_worker"))
