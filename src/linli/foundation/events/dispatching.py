"""Delivering events to handlers: at least once, in order for one subject, a failure holding up nobody else.

A handler runs in one transaction with the mark that it ran (on SQLite several share one), so a crash repeats it only when nothing of it was kept.
What fails is tried again after a growing pause for as long as it takes; later events of the same subject wait behind
it for that handler, everything else goes on.
"""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.foundation import clock
from linli.foundation.events.handling import registered
from linli.foundation.events.models import AuditTree, Delivery, Event
from linli.foundation.events.sequencing import sequence
from linli.foundation.tenancy import community_scope, every_community

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
BATCH = 200
TOGETHER_SECONDS = 0.03
"""How long deliveries share a transaction: so long may a page that writes wait for them."""


def run_once() -> int:
    """Sequence and deliver what is there now; returns how much moved. One cheap query when there is nothing."""
    waiting = AuditTree.objects.filter(pk=1).annotate(
        new=Exists(Event.objects.filter(position__isnull=True)), due=Exists(_due())
    )
    idle = waiting.values_list("new", "due").first()
    if idle == (False, False):
        return 0
    return sequence() + deliver()


def drain() -> None:
    """Run until nothing is left that could be delivered now, events recorded by handlers included."""
    while run_once():
        pass


def deliver(limit: int = BATCH) -> int:
    """Deliver up to ``limit`` due events, oldest first; returns how many handlers finished."""
    due = list(_due().order_by("position", "id").values_list("pk", "handler", "subject")[:limit])
    held_up: set[tuple[str, str]] = set()
    done = at = 0
    while at < len(due):
        with _together():
            began = time.monotonic()
            while at < len(due):
                pk, handler, subject = due[at]
                at += 1
                if (handler, subject) in held_up:
                    continue
                if _deliver_one(pk):
                    done += 1
                else:
                    held_up.add((handler, subject))
                if time.monotonic() - began > TOGETHER_SECONDS:
                    break
    return done


def _together() -> AbstractContextManager[object]:
    """One transaction for what is delivered within some hundredths of a second, each handler in a savepoint of its own.

    SQLite has one writer and waits for the disk at each commit: a quarter of the time of a small handler. PostgreSQL commits one
    by one: there a longer transaction would hold rows that pages wait for.
    """
    return transaction.atomic() if connection.vendor == "sqlite" else nullcontext()


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: doubling, at most five minutes."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)


def _due() -> QuerySet[Delivery]:
    """Pending, not waiting for a retry nor behind an event of the same subject that does; handler known here."""
    blocked = Delivery.objects.filter(
        handler=OuterRef("handler"),
        subject=OuterRef("subject"),
        position__lt=OuterRef("position"),
        done_at__isnull=True,
        retry_at__gt=clock.real_now(),
    )
    ready = Q(retry_at__isnull=True) | Q(retry_at__lte=clock.real_now())
    return Delivery.objects.filter(ready, ~Exists(blocked), done_at__isnull=True, handler__in=registered)


def _deliver_one(pk: int) -> bool:
    earlier = Delivery.objects.filter(
        handler=OuterRef("handler"),
        subject=OuterRef("subject"),
        position__lt=OuterRef("position"),
        done_at=None,
    )
    try:
        with transaction.atomic():
            turn = Delivery.objects.filter(~Exists(earlier), pk=pk, done_at__isnull=True)
            delivery = turn.select_for_update(skip_locked=True, of=("self",)).first()
            if delivery is None:
                return False
            event = Event.objects.get(pk=delivery.event_id)
            with _scope_of(event):
                registered[delivery.handler].react(event)
            Delivery.objects.filter(pk=pk).update(done_at=clock.real_now(), error="")
    except Exception as error:
        log.exception("handler failed on delivery %s", pk)
        _put_off(pk, error)
        return False
    return True


def _put_off(pk: int, error: Exception) -> None:
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().get(pk=pk)
        delivery.attempts += 1
        delivery.error = f"{type(error).__name__}: {error}"[:500]
        delivery.retry_at = clock.real_now() + pause_after(delivery.attempts)
        delivery.save(update_fields=["attempts", "error", "retry_at"])


def _scope_of(event: Event) -> AbstractContextManager[None]:
    if event.community_id is None:
        return every_community("the event belongs to no community")
    return community_scope(event.community_id)
