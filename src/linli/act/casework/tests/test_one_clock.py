"""By when somebody is at the place of a warning: the case, the warning and the calls say one moment, and why it is that."""

import re
from datetime import timedelta

import pytest

from linli.act.casework import actions
from linli.act.casework.actions import keeping_time
from linli.act.casework.models import Case, State
from linli.act.casework.queries import case_page, load_case
from linli.act.casework.tests.test_no_warning_left_alone import later, raised, said_by_resident
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions as warnings
from linli.understand.warnings.changing_plan import change_plan
from linli.understand.warnings.climbing import SHIPPED, Arrival
from linli.understand.warnings.models import Ladder

WORKER, LEAD, DESK = "grid_worker", "grid_lead", "community_worker"


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        yield world


def minutes(n):
    return timedelta(minutes=n)


def page_of(scene, case, who=DESK):
    return case_page(load_case(case.pk, actor=scene.actor(who)), scene.actor(who))


def html(client, scene, path, who=WORKER):
    client.force_login(scene.accounts[who])
    return re.sub("<[^>]*>|今天 ?", "", client.get(path).content.decode())


def change_term(scene, within):
    plan = {"ladders": SHIPPED.ladders, "rules": [], "quiet_from": 22, "quiet_until": 7}
    change_plan(**plan, arrivals={"P0": Arrival(within, 2)}, actor=scene.actor("community_director"))
    drain()


def test_before_anybody_goes_it_counts_from_the_alarm_and_then_from_their_word(scene):
    start = clock.now()
    warning, case = raised(scene)
    page = page_of(scene, case)
    assert (page.due_step, page.due, page.due_text) == ("到现场", start + minutes(30), "还剩 30 分钟")
    assert "还没有人答应去：先从 3 月 2 日 09:00 起算，30 分钟内要有人到现场。" in page.explanation
    with later(minutes=6):
        warnings.acknowledge(warning, actor=scene.actor(LEAD))
        drain()
        page = page_of(scene, case)
        assert (page.due_step, page.due) == ("到现场", start + minutes(36)), "not done before somebody has to be there"
        assert Ladder.objects.get(ended_at=None).arrive_by == page.due
        assert "grid_lead 3 月 2 日 09:06 答应去，从那时起 30 分钟内要到现场。" in page.explanation
        assert page.explanation[-1] == "最晚 3 月 2 日 09:36。"
        assert "grid_lead 答应去，最晚 3 月 2 日 09:36 到现场" in [line.sentence for line in page.timeline]


def test_the_two_pages_show_the_same_moment(scene, client):
    warning, case = raised(scene)
    for path in (f"/workbench/cases/{case.pk}/", f"/workbench/warnings/{warning.pk}/"):
        assert "09:30" in html(client, scene, path), path
    assert "最晚 09:30 要有人到现场" in html(client, scene, f"/workbench/warnings/{warning.pk}/")
    with later(minutes=6):
        actions.start(case.pk, actor=scene.actor(WORKER))
        drain()
        assert "09:36" in html(client, scene, f"/workbench/cases/{case.pk}/")
        assert "grid_worker 答应去，最晚 09:36 到场" in html(client, scene, f"/workbench/warnings/{warning.pk}/")
        actions.hand_over(case.pk, account_id=scene.accounts[LEAD].pk, actor=scene.actor(DESK))
        drain()
        assert "转给 grid_lead 去，最晚 09:36 到场" in html(client, scene, f"/workbench/warnings/{warning.pk}/")
        page = page_of(scene, case)
        assert (
            "后来转给 grid_lead 去，时间不变。" in page.explanation and page.explanation[-1] == "最晚 3 月 2 日 09:36。"
        )


def test_who_takes_over_has_a_term_and_the_case_has_the_same(scene):
    warning, case = raised(scene)
    warnings.acknowledge(warning, actor=scene.actor(WORKER))
    drain()
    with later(minutes=20):
        warnings.take_over(warning, actor=scene.actor(LEAD))
        drain()
        assert page_of(scene, case).due == clock.now() + minutes(30) == Ladder.objects.get(ended_at=None).arrive_by


def test_given_back_it_counts_from_the_alarm_again(scene):
    start = clock.now()
    warning, case = raised(scene)
    with later(minutes=10):
        warnings.acknowledge(warning, actor=scene.actor(WORKER))
        drain()
    with later(minutes=15):
        actions.return_case(case.pk, reason_code="wrong_grid", reason="不是", actor=scene.actor(WORKER))
        drain()
        case.refresh_from_db()
        assert case.contact_by == start + minutes(30)
        said = [line.sentence for line in page_of(scene, case).timeline]
        assert "没有人在去了，最晚 3 月 2 日 09:30 要有人到现场" in said


def test_the_community_changes_its_term_and_what_runs_says_why(scene):
    start = clock.now()
    first, gone_for = raised(scene)
    warnings.acknowledge(first, actor=scene.actor(WORKER))
    drain()
    _second, waits = raised(scene, source="facility:2")
    change_term(scene, 10)
    assert page_of(scene, waits).due == start + minutes(10)
    said = [line.sentence for line in page_of(scene, waits).timeline]
    assert "社区改了到场的时限，最晚 3 月 2 日 09:10 要有人到现场" in said
    page = page_of(scene, gone_for)
    assert page.due == start + minutes(30), "who has said that they go keeps their term"
    assert "社区后来把到场的时限改成 10 分钟，从下一个答应去的人起算。" in page.explanation
    _third, new = raised(scene, source="facility:3")
    assert page_of(scene, new).due == start + minutes(10)


def test_what_was_owed_before_stays_for_what_has_ended_or_been_reached(scene):
    _warning, ended = raised(scene)
    actions.start(ended.pk, actor=scene.actor(WORKER))
    actions.contact(ended.pk, text="人在说话", on_site=True, actor=scene.actor(WORKER))
    actions.feed_back(ended.pk, outcome="fixed", result="好了", finding="true", actor=scene.actor(WORKER))
    _other, reached = raised(scene, source="facility:2")
    actions.contact(reached.pk, text="人在说话", on_site=True, actor=scene.actor(WORKER))
    drain()
    owed = dict(Case.objects.values_list("pk", "contact_by"))
    with later(minutes=3):
        change_term(scene, 10)
        actions.reclassify(reached.pk, category=reached.category, level="P1", actor=scene.actor(DESK))
    assert dict(Case.objects.values_list("pk", "contact_by")) == owed


def test_a_resident_who_reported_is_called_back_by_the_rules_of_the_case(scene):
    case = said_by_resident(scene, "有人被困在电梯里了")
    assert case.contact_by == case.opened_at + minutes(5)
    page = page_of(scene, case)
    assert page.due_step == "联系居民" and "时限：5 分钟。" in page.explanation


def test_somebody_joins_the_case_of_a_warning_and_is_called_back_in_their_own_time(scene, client):
    start = clock.now()
    warning, case = raised(scene)
    warnings.acknowledge(warning, actor=scene.actor(WORKER))
    drain()
    with later(minutes=12):
        own = said_by_resident(scene)
        actions.merge(own.pk, into_id=case.pk, actor=scene.actor(WORKER))
        drain()
        page = page_of(scene, case)
        assert (page.due_step, page.due) == ("联系居民", start + minutes(17)), "five minutes since they said it"
        assert "下一步：联系居民" in html(client, scene, "/workbench/")
        assert "grid_worker 答应去，最晚 09:30 到场" in html(client, scene, f"/workbench/warnings/{warning.pk}/")
    with later(minutes=14):
        actions.withdraw(case.pk, actor=scene.actor("resident"))
        assert page_of(scene, case).due == start + minutes(30), "nobody waits for a call any more"


def test_merged_into_a_residents_case_what_is_owed_to_the_resident_stays(scene):
    _warning, case = raised(scene)
    other = said_by_resident(scene, "有人被困在电梯里了")
    owed = other.contact_by
    actions.merge(case.pk, into_id=other.pk, actor=scene.actor(WORKER))
    actions.start(other.pk, actor=scene.actor(WORKER))
    drain()
    other.refresh_from_db()
    assert other.contact_by == owed


def test_lateness_is_told_by_the_term_and_not_before_it(scene):
    warning, case = raised(scene)
    warnings.acknowledge(warning, actor=scene.actor(WORKER))
    drain()
    told = []
    for minute in (6, 29, 30, 44, 45):
        with later(minutes=minute):
            keeping_time.tell_deadlines()
            marks = case.marks.filter(step="contact").order_by("pk")
            told.append([one.mark for one in marks])
    assert told == [[], [], ["escalate_100"], ["escalate_100"], ["escalate_100", "escalate_150"]]
    with later(minutes=46):
        assert page_of(scene, case).due_text == "超时 16 分钟没到场" or "超期" in page_of(scene, case).due_text


def test_a_warning_about_which_nobody_is_called_keeps_the_rules(scene):
    _warning, case = raised(scene, kind="door_open_long", level="P2", source="device:5")
    assert case.state == State.DISPATCHED
    assert case.contact_by == case.opened_at + timedelta(hours=24)
    assert any("24 小时" in line for line in page_of(scene, case).explanation)
