"""What is left of an erasure after the database's transaction: files, lake, stream, events, and the pages set free.

Each store is asked in its order and what it has done is struck from ``work`` at once, so that a crash repeats at most
one store's part, which every store takes calmly. When all is done, ``work`` is empty and the freed pages of the
database are overwritten.
"""

from __future__ import annotations

import logging
import time

from django.db import transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.privacy.retention import freeing, register
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Store, all_stores
from linli.foundation.privacy.retention.rules import ERASE
from linli.foundation.tenancy import community_scope, every_community

log = logging.getLogger(__name__)


def finish_all(*, whatever_the_size: bool = False) -> int:
    """Finish every erasure that can be finished now; returns how many. ``whatever_the_size``: see :mod:`freeing`."""
    with every_community("erasures of all communities are finished one after the other"):
        waiting = list(Erasure.objects.unfinished().order_by("pk"))
    stored = [erasure for erasure in waiting if _work_through(erasure)]
    if not stored or not freeing.overwrite(whatever_the_size=whatever_the_size):
        return 0
    for erasure in stored:
        with community_scope(erasure.community_id), transaction.atomic():
            erasure.ended_at = clock.now()
            erasure.save(update_fields=["ended_at"])
            actor = Actor.for_system("retention", erasure.community_id)
            record("retention.erasure_finished", erasure, actor=actor, places=len(erasure.places))
    return len(stored)


def _work_through(erasure: Erasure) -> bool:
    """Whether nothing is left to do but the pages."""
    with community_scope(erasure.community_id):
        erasure.trouble = ""
        for name, forget, last in all_stores():
            if name in erasure.work and not (last and erasure.trouble):
                _ask(name, forget, erasure)
    return not erasure.work


def _ask(name: str, forget: Store, erasure: Erasure) -> None:
    started = time.perf_counter()
    try:
        gone = forget(erasure.work[name], erasure)
    except Exception as error:
        log.exception("erasure %s: the store %s failed", erasure.pk, name)
        _trouble(erasure, f"{name}: {type(error).__name__}")
        return
    if gone is None:
        _trouble(erasure, name)
        return
    with transaction.atomic():
        del erasure.work[name]
        if gone:
            erasure.places[name] = erasure.places.get(name, 0) + gone
            register.enter(
                name,
                gone,
                then=ERASE,
                rule=erasure.reason,
                about=erasure.about,
                community_id=erasure.community_id,
                actor=Actor.for_system("retention", erasure.community_id),
            )
        erasure.seconds += time.perf_counter() - started
        erasure.save(update_fields=["work", "places", "trouble", "seconds"])


def _trouble(erasure: Erasure, words: str) -> None:
    erasure.trouble = words[:200]
    erasure.save(update_fields=["trouble"])
