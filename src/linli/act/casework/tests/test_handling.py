"""Waiting, suspending, returning, handing over, escalating: each with its rule."""

from datetime import date, timedelta

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.actions.keeping_time import end_waiting, review_suspended
from linli.act.casework.models import Case, CasePause, DeadlineMark, State
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.lifecycle.state_table import Undeclared

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def case(world):
    """An ordinary case, dispatched to grid 1 on Monday at 09:00 and in nobody's hands."""
    with world.scope():
        opened = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        yield actions.accept(opened.pk, actor=world.actor("community_worker"))


def later(**span):
    return clock.frozen(clock.now() + timedelta(**span))


def test_the_clock_stands_still_while_it_waits_for_the_resident(world, case):
    worker = world.actor("grid_worker")
    with later(hours=1):
        waiting = actions.ask_resident(case.pk, text="哪一层的灯？", actor=worker)
        assert (waiting.state, waiting.paused_at) == (State.WAITING_CITIZEN, clock.now())
        assert queries.my_matters(world.actor("resident"))[0].to_answer
        assert queries.my_matter(waiting.joined.get().request_id, world.actor("resident")).question == "哪一层的灯？"
    with later(days=2):
        answered = actions.answer(case.pk, text="三层", actor=world.actor("resident"))
        assert (answered.state, answered.paused_at) == (State.IN_PROGRESS, None)
        assert answered.finish_by == case.finish_by + timedelta(days=2)
        assert CasePause.objects.get().ended_at == clock.now()
        assert any("暂停" in line for line in queries.explain_deadline(answered))


def test_waiting_ends_by_itself_after_three_working_days(world, case):
    actions.ask_resident(case.pk, text="哪一层？", actor=world.actor("grid_worker"))
    with later(days=3, hours=14):
        assert end_waiting() == 0
    with later(days=3, hours=15):
        assert end_waiting() == 1
        assert end_waiting() == 0
        assert Case.objects.get(pk=case.pk).state == State.IN_PROGRESS


def test_only_the_director_suspends_for_at_most_ninety_days(world, case):
    given = {"reason": "等维修资金", "review_on": date(2026, 4, 1)}
    for who in ("grid_worker", "community_worker"):
        with pytest.raises(NotAllowed):
            actions.suspend(case.pk, actor=world.actor(who), **given)
    director = world.actor("community_director")
    for day in (date(2026, 3, 2), date(2026, 6, 1)):
        with pytest.raises(Invalid) as refused:
            actions.suspend(case.pk, reason="等", review_on=day, actor=director)
        assert refused.value.code == "review_date_out_of_range"
    suspended = actions.suspend(case.pk, actor=director, **given)
    assert (suspended.state, suspended.review_on) == (State.SUSPENDED, date(2026, 4, 1))
    with later(days=30):
        assert review_suspended() == 1
        assert review_suspended() == 0
        assert DeadlineMark.objects.get().step == "review"
        resumed = actions.resume(case.pk, actor=director)
        assert resumed.finish_by > case.finish_by + timedelta(days=29)


def test_a_wrong_dispatch_goes_back_once_and_soon(world, case):
    worker, clerk = world.actor("grid_worker"), world.actor("community_worker")
    returned = actions.return_case(case.pk, reason_code="wrong_grid", reason="是二号楼的", actor=worker)
    assert (returned.state, returned.handler) == (State.RETURNED, None)
    actions.dispatch(case.pk, grid_id=world.grids[0].pk, actor=clerk)
    with pytest.raises(Conflict) as refused:
        actions.return_case(case.pk, reason_code="wrong_grid", reason="真的不是", actor=worker)
    assert refused.value.code == "returned_before"


@pytest.mark.parametrize(("hours", "minutes", "late"), [(5, 30, False), (5, 31, True)])
def test_four_working_hours_leave_out_the_lunch_break(world, case, hours, minutes, late):
    """Dispatched at 09:00: the four office hours end at 14:30."""
    with later(hours=hours, minutes=minutes):
        if late:
            with pytest.raises(Conflict) as refused:
                actions.return_case(case.pk, reason_code="wrong_grid", reason="不是", actor=world.actor("grid_worker"))
            assert refused.value.code == "return_too_late"
        else:
            actions.return_case(case.pk, reason_code="wrong_grid", reason="不是", actor=world.actor("grid_worker"))


def test_it_is_handed_to_people_of_the_grid_or_the_community_only(world, case):
    worker = world.actor("grid_worker")
    actions.take(case.pk, actor=worker)
    handed = actions.hand_over(case.pk, account_id=world.accounts["grid_lead"].pk, actor=worker)
    assert handed.handler == world.accounts["grid_lead"]
    with pytest.raises(NotFound):
        actions.hand_over(case.pk, account_id=world.accounts["other_grid_worker"].pk, actor=world.actor("grid_lead"))
    with pytest.raises(NotAllowed):
        actions.hand_over(case.pk, account_id=worker.account_id, actor=worker)


def test_escalated_it_waits_on_the_lists_of_the_community(world, case):
    actions.start(case.pk, actor=world.actor("grid_worker"))
    actions.escalate(case.pk, reason="要动维修资金", actor=world.actor("grid_worker"))
    director = world.actor("community_director")
    items = [item for group in queries.today_list(director, clock.now()).groups for item in group.items]
    assert [item.case.pk for item in items] == [case.pk]
    assert "网格上报" in items[0].reasons
    moved = actions.dispatch(case.pk, grid_id=world.grids[1].pk, actor=director)
    assert moved.grid == world.grids[1]
    with pytest.raises(NotFound):
        queries.load_case(case.pk, actor=world.actor("grid_lead"))


def test_an_internal_note_stays_among_staff(world, case):
    worker = world.actor("grid_worker")
    actions.add_note(case.pk, text="住户脾气大", actor=worker)
    actions.add_note(case.pk, text="下午来换", public=True, actor=worker)
    row = queries.load_case(case.pk, actor=world.actor("resident"))
    seen = [line.text for line in queries.case_page(row, world.actor("resident")).timeline]
    assert "下午来换" in seen
    assert "住户脾气大" not in seen
    assert "住户脾气大" in [line.text for line in queries.case_page(row, worker).timeline]


def test_another_level_gives_another_limit_from_the_same_start(world, case):
    urgent = actions.reclassify(case.pk, category="050100", level="P1", actor=world.actor("grid_worker"))
    assert urgent.finish_by == case.clock_from + timedelta(hours=24)
    with pytest.raises(Invalid):
        actions.reclassify(case.pk, category="123456", level="P1", actor=world.actor("grid_worker"))
    with pytest.raises(Invalid):
        actions.reclassify(case.pk, category="050100", level="P9", actor=world.actor("grid_worker"))


def test_a_stale_form_is_refused_with_who_was_faster(world, case):
    actions.add_note(case.pk, text="看过", actor=world.actor("grid_lead"), version=case.version)
    with pytest.raises(Conflict) as refused:
        actions.start(case.pk, actor=world.actor("grid_worker"), version=case.version)
    assert refused.value.code == "stale"
    assert "grid_lead" in str(refused.value)


def test_what_the_table_does_not_declare_is_refused(world, case):
    with pytest.raises(Undeclared):
        actions.feed_back(case.pk, outcome="fixed", result="好了", actor=world.actor("grid_worker"))


def test_rejecting_and_transferring_tell_the_reason(world):
    with world.scope():
        clerk = world.actor("community_worker")
        case = actions.receive("隔壁区的路", actor=world.actor("resident")).case
        with pytest.raises(Invalid):
            actions.reject(case.pk, reason_code="because", reason="不归我们", actor=clerk)
        actions.reject(case.pk, reason_code="not_in_remit", reason="请找市政", actor=clerk)
        page = queries.my_matter(case.joined.get().request_id, world.actor("resident"))
        assert page.line.ended
        assert page.timeline[0].text == "请找市政"
        other = actions.receive("高压线响", actor=world.actor("resident")).case
        actions.transfer(other.pk, unit="供电局", reason="他们的线", outer_number="GD-7", actor=clerk)
        page = queries.my_matter(other.joined.get().request_id, world.actor("resident"))
        assert "GD-7" in page.timeline[0].sentence
