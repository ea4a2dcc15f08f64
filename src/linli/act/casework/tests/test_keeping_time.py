"""Deadlines told once each, to the right people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.act.casework import actions
from linli.act.casework.actions.keeping_time import archive_closed, end_waiting, review_suspended, tell_deadlines
from linli.act.casework.models import Case, CaseEntry, DeadlineMark, State
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def phones(world):
    """Staff with telephones; returns number → who."""
    numbers = {}
    for n, who in enumerate(["grid_worker", "grid_lead", "community_director", "street_office"]):
        numbers[f"1990000010{n}"] = who
        world.accounts[who].phone = f"1990000010{n}"
        world.accounts[who].save()
    return numbers


def told(phones):
    sent = [(handed_on(n, "to"), n.text) for n in Notice.objects.order_by("id")]
    return [(phones[to], text) for to, text in sent if to in phones]


def test_half_the_time_of_an_urgent_case_is_told_to_its_handler_and_too_late_to_each_rank(world, phones):
    with world.scope():
        case = actions.receive("家里停水了", actor=world.actor("resident")).case
        actions.start(case.pk, actor=world.actor("grid_worker"))
        actions.contact(case.pk, text="马上来", actor=world.actor("grid_worker"))
        drain()
    Notice.objects.all().delete()
    steps = [
        (11, 0, None, None),
        (12, 1, "grid_worker", "50%"),
        (20, 1, "grid_worker", "80%"),
        (24, 1, "grid_lead", "网格长"),
        (36, 1, "community_director", "社区主任"),
        (48, 1, "street_office", "街道"),
    ]
    for hours, marks, who, said in steps:
        with clock.frozen(clock.now() + timedelta(hours=hours)), world.scope():
            assert tell_deadlines() == marks
            assert tell_deadlines() == 0
            drain()
        if who:
            last = Notice.objects.order_by("id").last()
            assert phones[handed_on(last, "to")] == who
            assert said in last.text
    with world.scope():
        assert DeadlineMark.objects.count() == CaseEntry.objects.filter(verb="mark").count() == 5
    assert Notice.objects.count() == 5


def test_a_request_that_nobody_accepts_is_told_to_the_grid_lead(world, phones):
    with world.scope():
        actions.receive("楼道灯坏了", actor=world.actor("resident"))
        with clock.frozen(clock.now() + timedelta(hours=5, minutes=30)):
            tell_deadlines()
            drain()
        entry = CaseEntry.objects.get(verb="mark")
    assert entry.data == {"step": "accept", "percent": 100, "to": "grid_lead"}
    assert told(phones)[0][0] == "grid_lead"


def test_nothing_is_told_while_the_clock_stands_still_or_after_feedback(world):
    with world.scope():
        worker = world.actor("grid_worker")
        waiting = actions.receive("家里停水了", actor=world.actor("resident")).case
        actions.ask_resident(waiting.pk, text="哪一户？", actor=worker)
        done = actions.receive("家里停电了", actor=world.actor("resident")).case
        actions.start(done.pk, actor=worker)
        actions.feed_back(done.pk, outcome="fixed", result="好了", actor=worker)
        with clock.frozen(clock.now() + timedelta(days=30)):
            assert tell_deadlines() == 0


def test_a_reopened_case_is_warned_of_afresh(world):
    with world.scope():
        worker = world.actor("grid_worker")
        case = actions.receive("家里停水了", actor=world.actor("resident")).case
        actions.start(case.pk, actor=worker)
        with clock.frozen(clock.now() + timedelta(hours=13)):
            tell_deadlines()
            actions.feed_back(case.pk, outcome="fixed", result="好了", actor=worker)
            actions.rate(case.pk, solved=False, satisfaction=1, actor=world.actor("resident"))
        with clock.frozen(clock.now() + timedelta(hours=26)):
            tell_deadlines()
        rounds = DeadlineMark.objects.filter(case=case, step="finish", mark="warn_50").values_list("round", flat=True)
        assert sorted(rounds) == [0, 1]


def test_closed_cases_are_archived_after_ninety_days(world):
    with world.scope():
        case = actions.receive("家里停水了", actor=world.actor("resident")).case
        Case.objects.filter(pk=case.pk).update(state=State.CLOSED, closed_at=clock.now())
        with clock.frozen(clock.now() + timedelta(days=89)):
            assert archive_closed() == 0
        with clock.frozen(clock.now() + timedelta(days=90)):
            assert archive_closed() == 1
        assert Case.objects.get(pk=case.pk).state == State.ARCHIVED


def test_waiting_ends_when_it_should_have_ended_however_late_that_is_noticed(world):
    """A worker that was down for a month gives no case a month more."""
    with world.scope():
        worker = world.actor("grid_worker")
        case = actions.receive("家里停水了", actor=world.actor("resident")).case
        waiting = actions.ask_resident(case.pk, text="哪一间？", actor=worker)
        with clock.frozen(waiting.waiting_until):
            in_time = waiting.finish_by + (waiting.waiting_until - waiting.paused_at)
        with clock.frozen(clock.now() + timedelta(days=30)):
            assert end_waiting() == 1
        case = Case.objects.get(pk=case.pk)
        assert (case.level, case.finish_by) == ("P1", in_time)


def test_the_review_day_of_each_suspension_is_told(world):
    with world.scope():
        director = world.actor("community_director")
        case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        actions.accept(case.pk, actor=director)
        for days in (10, 30):
            review_on = timezone.localtime(clock.now()).date() + timedelta(days=days)
            actions.suspend(case.pk, reason="等材料", review_on=review_on, actor=director)
            with clock.frozen(clock.now() + timedelta(days=days + 1)):
                assert (review_suspended(), review_suspended()) == (1, 0)
                actions.resume(case.pk, actor=director)
                if days == 10:
                    actions.escalate(case.pk, reason="材料到了", actor=world.actor("grid_worker"))
