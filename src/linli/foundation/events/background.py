"""The one background process: events to their handlers, ticks that are due, queued jobs, each lane on a thread of its own.

Everything it does is in the database, so it may be killed at any moment: an event whose handler did not commit is
delivered again, a tick looks again at what is due, a job that was running is put back when the process returns.
"""

from __future__ import annotations

import fcntl
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from django.conf import settings
from django.db import close_old_connections, connection
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from linli.foundation.errors import Conflict
from linli.foundation.events import dispatching
from linli.foundation.lifecycle.ticks import Lane, Schedule

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.3
PAUSE_AFTER_FAILURE = 2.0


def run(stop: Flag) -> None:
    """Work until ``stop`` is set; what is under way in any lane is finished first, what fails is logged and tried again.

    Raises :class:`Conflict` when another worker runs for this home.
    """
    with _alone(settings.LINLI_HOME / "work.lock"):
        put_back_interrupted_jobs()
        beside = [
            Thread(target=_run_beside, args=[lane, stop], name=f"work {lane}") for lane in Lane if lane != Lane.MAIN
        ]
        for thread in beside:
            thread.start()
        _run_lane(Lane.MAIN, stop)
        for thread in beside:
            thread.join()


def _run_beside(lane: Lane, stop: Flag) -> None:
    try:
        _run_lane(lane, stop)
    finally:
        connection.close()


def _run_lane(lane: Lane, stop: Flag) -> None:
    schedule = Schedule(lane)
    while not stop.is_set():
        try:
            busy = one_pass(lane, schedule)
        except Exception:
            log.exception("a turn of the lane %s failed; trying again", lane)
            close_old_connections()
            stop.wait(PAUSE_AFTER_FAILURE)
            continue
        if not busy:
            stop.wait(PAUSE_SECONDS)


def one_pass(lane: Lane, schedule: Schedule) -> bool:
    """Whatever is waiting in the lane now; True when there may be more at once."""
    schedule.run_due()
    match lane:
        case Lane.MAIN:
            return bool(dispatching.run_once())
        case Lane.SLOW:
            return run_one_job()
        case _:
            return False


def run_one_job() -> bool:
    """Run the next queued job, if any. Its outcome stands in the queue's own table."""
    if not DBTaskResult.objects.ready().exists():
        return False
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=1,
        worker_id=_worker_id(),
        excluded_queue_names=[],
    ).run()
    return True


def put_back_interrupted_jobs() -> int:
    """Jobs that this machine's worker held when it was killed are ready again; returns how many."""
    held = [job.pk for job in DBTaskResult.objects.running() if job.worker_ids[-1:] == [_worker_id()]]
    return DBTaskResult.objects.filter(pk__in=held).update(status=TaskResultStatus.READY, started_at=None)


def _worker_id() -> str:
    """The same after a restart, so that the process recognises what it left lying."""
    home = sha256(str(settings.LINLI_HOME).encode()).hexdigest()[:12]
    return f"{socket.gethostname()[:40]}-{home}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock file of this home; the kernel lets go of it however the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"another linli work already runs for {path.parent}", code="already_running") from None
        yield
