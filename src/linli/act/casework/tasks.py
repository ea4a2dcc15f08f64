"""Periodic work on cases."""

from __future__ import annotations

from datetime import timedelta

from linli.act.casework import searching
from linli.act.casework.actions import colleagues, errands, keeping_time, quality
from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import active_community_id

BATCHES_AN_HOUR = 20


@tick(timedelta(minutes=1))
def tell_deadlines() -> None:
    keeping_time.tell_deadlines()
    errands.tell_late_arrivals()


@tick(timedelta(minutes=10))
def end_waiting() -> None:
    keeping_time.end_waiting()


@tick(timedelta(hours=1))
def close_and_archive() -> None:
    keeping_time.review_suspended()
    keeping_time.close_unanswered()
    keeping_time.archive_closed()
    colleagues.end_stray_watches()
    quality.draw_last_week(actor=Actor.for_system("quality", active_community_id()))


@tick(timedelta(hours=1))
def find_words_of_all() -> None:
    """A case brought in in bulk, or from before there was a search, has no words yet."""
    for _ in range(BATCHES_AN_HOUR):
        if not searching.renew(searching.missing()):
            return


@tick(timedelta(days=1), per_community=False, real_time=True)
def settle_words() -> None:
    """What left cases by their term leaves the index too; an erasure does not wait for it."""
    searching.settle()
