"""However the case of a warning ends or moves, somebody has the warning, or people are called about it again."""

from datetime import timedelta

import pytest

from linli.act.casework import actions
from linli.act.casework.models import Case, State
from linli.act.casework.queries import left_alone
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions as warnings
from linli.understand.warnings import calling
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.places import Place
from linli.understand.warnings.queries import recent_records

DETECTOR = Actor.for_system("detector.test")


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        yield world


def raised(scene, *, kind="trapped", level="P0", source="facility:1", grid=0):
    warning = warnings.raise_warning(
        kind, source=source, level=level, place=Place(scene.grids[grid].pk, scene.buildings[0].pk),
        evidence={"seconds": 60, "reason": "alarm"}, actor=DETECTOR,
    )  # fmt: skip
    drain()
    return warning, Case.objects.get(warning=warning)


def said_by_resident(scene, words="电梯坏了停着不动"):
    case = actions.receive(words, actor=scene.actor("resident")).case
    drain()
    return case


def now_of(warning):
    return Warning.objects.get(pk=warning.pk)


def later(**given):
    return clock.frozen(clock.now() + timedelta(**given))


def called():
    """Roles of the people who are being called now, in order."""
    return list(Call.objects.filter(ladder__ended_at=None, way="app").order_by("pk").values_list("role", flat=True))


def test_merged_into_a_residents_case_it_is_answered_by_that_one(scene):
    warning, case = raised(scene)
    worker = scene.actor("grid_worker")
    other = said_by_resident(scene)
    actions.merge(case.pk, into_id=other.pk, actor=worker)
    drain()
    assert now_of(warning).state == Warning.State.OPEN and called() == ["grid_worker"]
    other.refresh_from_db()
    if other.state == State.SUBMITTED:
        actions.accept(other.pk, actor=scene.actor("community_worker"))
    actions.start(other.pk, actor=worker)
    drain()
    assert now_of(warning).acknowledged_by_id == worker.account_id, "who begins goes for both"
    given = {"outcome": "fixed", "result": "没有人，是按错了", "actor": worker}
    with pytest.raises(Invalid) as refused:
        actions.feed_back(other.pk, **given)
    assert refused.value.field == "finding"
    with pytest.raises(Invalid) as refused:
        actions.feed_back(other.pk, **given, finding="false")
    assert refused.value.field == "on_site"
    actions.feed_back(other.pk, **given, finding="false", on_site=True)
    assert (now_of(warning).state, now_of(warning).finding) == ("false", "false")
    drain()
    assert Ladder.objects.filter(ended_at=None).count() == 0
    assert recent_records()["trapped"].false == 1


def test_two_warnings_of_one_trouble_are_answered_together_over_the_grids(scene):
    first, case = raised(scene)
    second, other = raised(scene, kind="smoke", source="device:2", grid=1)
    actions.merge(other.pk, into_id=case.pk, actor=scene.actor("community_worker"))
    drain()
    worker = scene.actor("grid_worker")
    actions.start(case.pk, actor=worker)
    assert {now_of(one).state for one in (first, second)} == {"acknowledged"}
    actions.feed_back(case.pk, outcome="fixed", result="灭了，人出来了", finding="true", on_site=True, actor=worker)
    drain()
    assert {(now_of(one).state, now_of(one).finding) for one in (first, second)} == {("cleared", "true")}
    assert Case.objects.get(pk=case.pk).state == State.CLOSED


def test_one_of_two_that_ends_on_its_own_page_does_not_end_the_case_of_the_other(scene):
    first, case = raised(scene)
    second, other = raised(scene, kind="smoke", source="device:2")
    actions.merge(other.pk, into_id=case.pk, actor=scene.actor("community_worker"))
    warnings.dismiss(first, actor=scene.actor("grid_worker"), note="没有人", on_site=True)
    drain()
    case.refresh_from_db()
    assert case.state == State.DISPATCHED
    warnings.dismiss(second, actor=scene.actor("grid_worker"), note="炒菜", on_site=True)
    drain()
    case.refresh_from_db()
    assert case.state == State.CLOSED


def test_many_joined_at_once_keep_their_warnings(scene):
    warning, case = raised(scene)
    first, second = said_by_resident(scene), said_by_resident(scene, "三楼电梯门打不开")
    joint = actions.join_many([case.pk, first.pk, second.pk], actor=scene.actor("community_worker")).case
    assert joint.pk != case.pk
    worker = scene.actor("grid_worker")
    joint.refresh_from_db()
    if joint.state == State.SUBMITTED:
        actions.accept(joint.pk, actor=scene.actor("community_worker"))
    actions.start(joint.pk, actor=worker)
    assert now_of(warning).state == Warning.State.ACKNOWLEDGED
    actions.feed_back(joint.pk, outcome="fixed", result="修好了", finding="true", on_site=True, actor=worker)
    assert now_of(warning).state == Warning.State.HANDLED
    actions.close(joint.pk, actor=Actor.for_system("casework"), answered=False)
    assert now_of(warning).state == Warning.State.CLEARED


def test_an_alarm_after_feedback_opens_the_joint_case_again(scene):
    warning, case = raised(scene)
    other, worker = said_by_resident(scene), scene.actor("grid_worker")
    actions.merge(case.pk, into_id=other.pk, actor=worker)
    other.refresh_from_db()
    if other.state == State.SUBMITTED:
        actions.accept(other.pk, actor=scene.actor("community_worker"))
    actions.start(other.pk, actor=worker)
    actions.feed_back(other.pk, outcome="fixed", result="修好了", finding="true", on_site=True, actor=worker)
    drain()
    warnings.raise_warning(
        "trapped", source=warning.source, level="P0", place=Place(scene.grids[0].pk), evidence={}, actor=DETECTOR
    )
    drain()
    other.refresh_from_db()
    assert other.state == State.REOPENED and now_of(warning).state == Warning.State.OPEN


def test_the_last_reporter_takes_its_word_back_and_the_case_goes_on_for_the_warning(scene):
    warning, case = raised(scene)
    other = said_by_resident(scene)
    actions.merge(case.pk, into_id=other.pk, actor=scene.actor("grid_worker"))
    actions.withdraw(other.pk, actor=scene.actor("resident"))
    other.refresh_from_db()
    assert other.state not in (State.WITHDRAWN, State.CLOSED)
    assert now_of(warning).state == Warning.State.OPEN


@pytest.mark.parametrize("arrived", [False, True])
def test_transferred_without_a_finding_it_is_on_the_list_again_and_people_are_called(scene, arrived):
    warning, case = raised(scene)
    actions.start(case.pk, actor=scene.actor("grid_worker"))
    drain()
    if arrived:
        warnings.arrive(warning, actor=scene.actor("grid_worker"))
        drain()
    assert called() == []
    assert [one.pk for one in left_alone(scene.actor("grid_worker"))] == []
    actions.transfer(case.pk, unit="电梯公司", reason="归他们修", actor=scene.actor("community_worker"))
    drain()
    assert [one.pk for one in left_alone(scene.actor("grid_worker"))] == [warning.pk]
    assert [one.pk for one in left_alone(scene.actor("other_grid_worker"))] == []
    if arrived:
        assert now_of(warning).arrived_at is not None and called() == [], "somebody is there and writes what they find"
        return
    assert (now_of(warning).state, now_of(warning).acknowledged_by_id) == ("open", None)
    assert called() == ["grid_worker"]
    with later(minutes=5):
        calling.climb_due()
        assert called() == ["grid_worker", "grid_lead"]
        warnings.acknowledge(warning, actor=scene.actor("grid_lead"))
        drain()
        assert called() == []
        term = Ladder.objects.get(ended_at=None)
        assert term.arrive_by == clock.now() + timedelta(minutes=30)


def test_transferred_while_nobody_has_answered_yet_the_calls_go_on_where_they_were(scene):
    warning, case = raised(scene)
    actions.transfer(case.pk, unit="电梯公司", reason="归他们修", actor=scene.actor("community_worker"))
    drain()
    assert now_of(warning).state == Warning.State.OPEN
    with later(minutes=5):
        calling.climb_due()
    assert called() == ["grid_worker", "grid_lead"]


def test_transferred_after_its_finding_it_is_over(scene):
    warning, case = raised(scene)
    actions.start(case.pk, actor=scene.actor("grid_worker"))
    warnings.handle(warning, on_site=True, actor=scene.actor("grid_worker"))
    drain()
    actions.transfer(case.pk, unit="电梯公司", reason="归他们修", actor=scene.actor("community_worker"))
    drain()
    assert now_of(warning).state == Warning.State.CLEARED
    assert [one.pk for one in left_alone(scene.actor("community_worker"))] == []


def test_returned_by_who_said_that_they_go_the_next_is_called_at_once(scene):
    warning, case = raised(scene)
    warnings.acknowledge(warning, actor=scene.actor("grid_worker"))
    drain()
    assert called() == []
    actions.return_case(case.pk, reason_code="wrong_grid", reason="不是我们这里", actor=scene.actor("grid_worker"))
    drain()
    assert now_of(warning).state == Warning.State.OPEN
    assert called() == ["grid_lead"], "not the one who has just given it back"
    actions.reject(
        case.pk, reason_code="not_in_remit", reason="不归社区管", actor=scene.actor("community_worker")
    )  # fmt: skip
    drain()
    assert [one.pk for one in left_alone(scene.actor("community_worker"))] == [warning.pk]
    with later(minutes=3):
        calling.climb_due()
        assert called() == ["grid_lead", "community_director"]


def test_returned_by_somebody_else_whoever_said_that_they_go_still_goes(scene):
    warning, case = raised(scene)
    warnings.acknowledge(warning, actor=scene.actor("grid_lead"))
    drain()
    actions.return_case(case.pk, reason_code="wrong_grid", reason="不是我们这里", actor=scene.actor("grid_worker"))
    drain()
    assert now_of(warning).acknowledged_by_id == scene.actor("grid_lead").account_id
    assert Ladder.objects.get(ended_at=None).said_by_id == scene.actor("grid_lead").account_id


@pytest.mark.parametrize("verb", ["transfer", "return"])
def test_of_a_p2_nobody_is_called_and_it_waits_on_the_list(scene, verb):
    warning, case = raised(scene, kind="door_open_long", level="P2", source="device:5")
    if verb == "return":
        actions.take(case.pk, actor=scene.actor("grid_worker"))
        actions.return_case(case.pk, reason_code="wrong_grid", reason="不是", actor=scene.actor("grid_worker"))
        case.refresh_from_db()
        assert case.state == State.RETURNED, "the community has it"
        assert now_of(warning).state == Warning.State.OPEN
    else:
        actions.start(case.pk, actor=scene.actor("grid_worker"))
        actions.transfer(case.pk, unit="门窗厂", reason="归他们修", actor=scene.actor("community_worker"))
        assert [one.pk for one in left_alone(scene.actor("grid_worker"))] == [warning.pk]
    drain()
    assert Ladder.objects.count() == 0


def test_a_finding_on_the_warnings_own_page_takes_it_off_the_list(scene):
    warning, case = raised(scene)
    actions.transfer(case.pk, unit="电梯公司", reason="归他们修", actor=scene.actor("community_worker"))
    drain()
    warnings.handle(warning, on_site=True, actor=scene.actor("grid_worker"))
    drain()
    assert [one.pk for one in left_alone(scene.actor("grid_worker"))] == []
    assert called() == []


@pytest.mark.parametrize("outcome", ["not_ours", "no_longer_needed", "cannot", "fixed"])
def test_no_outcome_ends_a_case_without_a_finding(scene, outcome):
    warning, case = raised(scene)
    actions.start(case.pk, actor=scene.actor("grid_worker"))
    given = {"outcome": outcome, "result": "看过了", "actor": scene.actor("grid_worker")}
    with pytest.raises(Invalid) as refused:
        actions.feed_back(case.pk, **given)
    assert (refused.value.field, refused.value.code) == ("finding", "missing")
    assert now_of(warning).state == Warning.State.ACKNOWLEDGED
    actions.feed_back(case.pk, **given, finding="true", on_site=True)
    assert now_of(warning).finding == "true"
