"""Deliveries and jobs that are done are forgotten after a month; what happened is not."""

from datetime import timedelta

import pytest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.models import Delivery, Event
from linli.foundation.events.pruning import KEPT, forget_what_is_done
from linli.foundation.events.recording import record
from linli.foundation.lifecycle import ticks

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


@pytest.fixture
def event(world):
    with world.scope():
        return record("tests.happened", world.lift, actor=Actor.for_system("test"))


def deliver_to(event, handler, done_at):
    return Delivery.objects.create(event=event, handler=handler, subject=event.subject, position=0, done_at=done_at)


def test_only_what_was_done_more_than_a_month_ago_goes(event):
    now = clock.real_now()
    deliver_to(event, "long ago", now - KEPT - A_DAY)
    deliver_to(event, "lately", now - KEPT + A_DAY)
    deliver_to(event, "waiting", None)
    assert forget_what_is_done() == (1, 0)
    assert sorted(Delivery.objects.values_list("handler", flat=True)) == ["lately", "waiting"]
    assert Event.objects.filter(pk=event.pk).exists()


def test_finished_jobs_go_and_waiting_ones_stay(db):
    now = clock.real_now()
    for status, finished_at in (
        (TaskResultStatus.SUCCESSFUL, now - KEPT - A_DAY),
        (TaskResultStatus.FAILED, now - KEPT - A_DAY),
        (TaskResultStatus.SUCCESSFUL, now - A_DAY),
        (TaskResultStatus.READY, None),
    ):
        DBTaskResult.objects.create(
            status=status,
            enqueued_at=now - KEPT - 2 * A_DAY,
            finished_at=finished_at,
            args_kwargs={"args": [], "kwargs": {}},
            task_path="tests.job",
            worker_ids=[],
            run_after=now - KEPT - 2 * A_DAY,
            backend_name="default",
            exception_class_path="",
            traceback="",
        )
    assert forget_what_is_done() == (0, 2)
    left = DBTaskResult.objects.order_by("status").values_list("status", flat=True)
    assert sorted(left) == [TaskResultStatus.READY, TaskResultStatus.SUCCESSFUL]


def test_it_is_looked_at_every_day_by_the_machines_clock():
    tick = ticks.registered["foundation.events.tasks.forget_what_is_done"]
    assert (tick.every, tick.real_time, tick.per_community) == (A_DAY, True, False)
