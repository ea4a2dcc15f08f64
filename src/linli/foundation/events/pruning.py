"""What has been done is forgotten after a month: deliveries and jobs, never the events themselves."""

from __future__ import annotations

from datetime import timedelta

from django_tasks_db.models import DBTaskResult

from linli.foundation import clock
from linli.foundation.events.models import Delivery

KEPT = timedelta(days=30)


def forget_what_is_done() -> tuple[int, int]:
    """Delete finished deliveries and jobs older than :data:`KEPT`, by the machine's time; returns how many of each."""
    long_ago = clock.real_now() - KEPT
    deliveries, _ = Delivery.objects.filter(done_at__lt=long_ago).delete()
    jobs, _ = DBTaskResult.objects.finished().filter(finished_at__lt=long_ago).delete()
    return deliveries, jobs
