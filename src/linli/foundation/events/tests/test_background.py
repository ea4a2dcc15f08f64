"""One process does all background work, may be killed at any moment, one at a time for a home."""

import pytest
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from linli.foundation.errors import Conflict
from linli.foundation.events import background

done: list[int] = []


@task
def add_up(number: int) -> int:
    done.append(number)
    return number


@task
def fail(number: int) -> None:
    raise ValueError(number)


@pytest.fixture
def queue(settings, transactional_db, tmp_path):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    settings.LINLI_HOME = tmp_path
    done.clear()


def test_queued_jobs_run_in_order_and_a_failing_one_is_kept_with_its_reason(queue):
    add_up.enqueue(1)
    fail.enqueue(2)
    add_up.enqueue(3)
    while background.run_one_job():
        pass
    assert done == [1, 3]
    failed = DBTaskResult.objects.failed().get()
    assert failed.exception_class_path == "builtins.ValueError" and "2" in failed.traceback


def test_a_job_that_was_running_when_the_worker_died_runs_again(queue):
    add_up.enqueue(1)
    job = DBTaskResult.objects.get()
    job.claim(background._worker_id())
    assert not background.run_one_job()
    assert background.put_back_interrupted_jobs() == 1
    while background.run_one_job():
        pass
    job.refresh_from_db()
    assert (done, job.status) == ([1], TaskResultStatus.SUCCESSFUL)


def test_a_job_that_another_machine_holds_is_left_alone(queue):
    add_up.enqueue(1)
    DBTaskResult.objects.get().claim("another-machine")
    assert background.put_back_interrupted_jobs() == 0


def test_a_second_worker_for_the_same_home_is_refused(queue, tmp_path):
    lock = tmp_path / "work.lock"
    with background._alone(lock), pytest.raises(Conflict), background._alone(lock):
        pass
    with background._alone(lock):
        pass
