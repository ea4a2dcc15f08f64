"""What waits, what fails: for the operations page, ``linli doctor`` and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet
from django_tasks_db.models import DBTaskResult

from linli.foundation.events.handling import registered
from linli.foundation.events.models import Delivery, Event
from linli.foundation.tenancy import active_community_id


@dataclass(frozen=True)
class Backlog:
    """``unplaced`` events wait for the sequencer, ``pending`` deliveries for a handler; ``oldest`` is when the
    oldest undelivered event happened (the neighbourhood's time)."""

    unplaced: int
    pending: int
    failing: int
    oldest: datetime | None


def backlog() -> Backlog:
    pending = Delivery.objects.filter(done_at__isnull=True)
    unplaced = Event.objects.filter(position__isnull=True)
    moments = [
        pending.aggregate(at=Min("event__happened_at"))["at"],
        unplaced.aggregate(at=Min("happened_at"))["at"],
    ]
    return Backlog(
        unplaced=unplaced.count(),
        pending=pending.count(),
        failing=failing().count(),
        oldest=min((at for at in moments if at is not None), default=None),
    )


def failing() -> QuerySet[Delivery]:
    """Deliveries that failed and are not done, with their events, oldest first; the error says why."""
    return Delivery.objects.filter(done_at__isnull=True, attempts__gt=0).select_related("event").order_by("position")


def orphaned() -> QuerySet[Delivery]:
    """Pending deliveries whose handler no longer exists in this version of the code."""
    return Delivery.objects.filter(done_at__isnull=True).exclude(handler__in=registered)


def yet_to_be_handled() -> int:
    """How many events of the community some handler has not finished with, and jobs of this home that are not done."""
    community = active_community_id()
    unplaced = Event.objects.filter(position__isnull=True, community_id=community)
    pending = Delivery.objects.filter(done_at__isnull=True, event__community_id=community)
    jobs = DBTaskResult.objects.ready().count() + DBTaskResult.objects.running().count()
    return unplaced.count() + pending.values("event").distinct().count() + jobs
