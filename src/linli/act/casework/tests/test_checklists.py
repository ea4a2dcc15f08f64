"""A case gets the checklist of its kind when it is sent on its way; what is required is done before it is finished."""

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.models import CaseCheck, Checklist
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.usefixtures("monday_morning")

ROWS = [("断电挂牌", True), ("换下的灯带走", False)]


@pytest.fixture
def lamp_list(world):
    with world.scope():
        yield actions.write_checklist("050000", ROWS, actor=world.actor("community_director"))


@pytest.fixture
def case(world, lamp_list):
    with world.scope():
        opened = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        actions.accept(opened.pk, actor=world.actor("community_worker"))
        yield actions.start(opened.pk, actor=world.actor("grid_worker"))


def finish(world, case, outcome="fixed"):
    return actions.feed_back(case.pk, outcome=outcome, result="换好了", actor=world.actor("grid_worker"))


def checks(case):
    case.refresh_from_db()
    return queries.checks_of(case)


def test_it_is_given_at_dispatch_and_the_required_row_stops_the_end_by_name(world, case):
    assert [(one.words, one.required, one.state) for one in checks(case)] == [
        ("断电挂牌", True, "open"), ("换下的灯带走", False, "open"),
    ]  # fmt: skip
    with pytest.raises(Conflict) as refused:
        finish(world, case)
    assert refused.value.code == "checks_open" and "断电挂牌" in str(refused.value)
    assert "换下的灯带走" not in str(refused.value)
    case.refresh_from_db()
    assert case.state == "in_progress" and not case.outcome
    actions.tick(case.pk, check_id=checks(case)[0].pk, actor=world.actor("grid_worker"))
    done = checks(case)[0]
    assert (done.state, done.who) == ("done", "grid_worker") and done.at is not None
    assert finish(world, case).outcome == "fixed"


def test_where_nobody_worked_there_is_nothing_to_check(world, case):
    assert finish(world, case, "no_longer_needed").outcome == "no_longer_needed"


def test_only_the_lead_of_the_grid_and_the_director_let_a_row_off_and_say_why(world, case):
    check = checks(case)[0].pk
    for who in ("grid_worker", "community_worker"):
        with pytest.raises(NotAllowed):
            actions.waive(case.pk, check_id=check, reason="不用", actor=world.actor(who))
    with pytest.raises(NotFound):
        actions.waive(case.pk, check_id=check, reason="不用", actor=world.actor("other_grid_worker"))
    with pytest.raises(Invalid):
        actions.waive(case.pk, check_id=check, reason=" ", actor=world.actor("grid_lead"))
    actions.waive(case.pk, check_id=check, reason="声控灯，没有开关", actor=world.actor("grid_lead"))
    let_off = checks(case)[0]
    assert (let_off.state, let_off.who, let_off.why) == ("waived", "grid_lead", "声控灯，没有开关")
    with pytest.raises(Conflict):
        actions.waive(case.pk, check_id=check, reason="再来", actor=world.actor("community_director"))
    assert finish(world, case).outcome == "fixed"


def test_ticking_twice_is_once_and_can_be_taken_back(world, case):
    worker, check = world.actor("grid_worker"), checks(case)[0].pk
    actions.tick(case.pk, check_id=check, actor=worker)
    actions.tick(case.pk, check_id=check, actor=world.actor("community_worker"))
    assert checks(case)[0].who == "grid_worker"
    assert case.entries.filter(verb="tick").count() == 1
    actions.tick(case.pk, check_id=check, on=False, actor=worker)
    assert checks(case)[0].state == "open"
    with pytest.raises(Conflict):
        finish(world, case)


def test_a_row_of_another_case_is_not_found(world, case):
    other = actions.receive("楼道灯又坏了", actor=world.actor("elder")).case
    actions.accept(other.pk, actor=world.actor("community_worker"))
    with pytest.raises(NotFound):
        actions.tick(case.pk, check_id=checks(other)[0].pk, actor=world.actor("grid_worker"))


def test_a_new_version_leaves_what_cases_have(world, case, lamp_list):
    director = world.actor("community_director")
    actions.write_checklist("050000", [("看电表", True)], after=1, actor=director)
    actions.dispatch(case.pk, actor=world.actor("community_worker"))
    assert [one.words for one in checks(case)] == ["断电挂牌", "换下的灯带走"]
    actions.write_checklist("050000", [], after=2, actor=director)
    actions.dispatch(case.pk, actor=world.actor("community_worker"))
    assert [one.words for one in checks(case)] == ["断电挂牌", "换下的灯带走"]
    actions.write_checklist("050000", [("看电表", True)], after=3, actor=director)
    later = actions.receive("楼道灯又坏了", actor=world.actor("elder")).case
    actions.accept(later.pk, actor=world.actor("community_worker"))
    assert [one.words for one in checks(later)] == ["看电表"]
    assert Checklist.objects.filter(category="050000").count() == 4


def test_another_kind_brings_its_own_list_and_keeps_what_was_done(world, case):
    actions.write_checklist("070000", [("困人了没有", True)], actor=world.actor("community_director"))
    worker = world.actor("grid_worker")
    actions.tick(case.pk, check_id=checks(case)[0].pk, actor=worker)
    actions.reclassify(case.pk, category="070000", level="P2", actor=worker)
    assert {(one.words, one.state) for one in checks(case)} == {("断电挂牌", "done"), ("困人了没有", "open")}


def test_the_most_exact_list_is_given_and_an_ended_one_is_none(world, case):
    director = world.actor("community_director")
    exact = case.category
    actions.write_checklist(exact, [("对号", False)], actor=director)
    second = actions.receive("楼道灯又坏了", actor=world.actor("elder")).case
    actions.accept(second.pk, actor=world.actor("community_worker"))
    assert [one.words for one in checks(second)] == ["对号"]
    actions.write_checklist(exact, [], after=1, actor=director)
    third = actions.receive("楼道灯还是坏的", actor=world.actor("elder")).case
    actions.accept(third.pk, actor=world.actor("community_worker"))
    assert [one.words for one in checks(third)] == ["断电挂牌", "换下的灯带走"]


def test_work_that_starts_again_is_checked_again(world, case):
    worker = world.actor("grid_worker")
    actions.tick(case.pk, check_id=checks(case)[0].pk, actor=worker)
    finish(world, case)
    actions.reopen(case.pk, reason="又不亮了", actor=world.actor("community_worker"))
    assert [one.state for one in checks(case)] == ["open", "open"]
    assert CaseCheck.objects.filter(case=case, round=0).exclude(done_at=None).count() == 1


def test_only_the_director_writes_and_never_over_somebody_else(world, lamp_list):
    with pytest.raises(NotAllowed):
        actions.write_checklist("050000", ROWS, after=1, actor=world.actor("community_worker"))
    director = world.actor("community_director")
    with pytest.raises(Conflict):
        actions.write_checklist("050000", ROWS, after=0, actor=director)
    for rows in ([("一样", True), ("一样", False)], [("长" * 81, True)], [(f"第{n}项", True) for n in range(21)]):
        with pytest.raises(Invalid):
            actions.write_checklist("050000", rows, after=1, actor=director)
    with pytest.raises(Invalid):
        actions.write_checklist("999998", ROWS, actor=director)
