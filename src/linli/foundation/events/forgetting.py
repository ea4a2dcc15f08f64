"""Events that an erasure takes: the row goes, its leaf stays, and a later event says which positions went.

The log stays sound (:mod:`verifying` counts a position that was named as accounted for), and nobody can take an event
without leaving that line: an event that is merely deleted is still found as missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.models import Delivery, Event
from linli.foundation.events.recording import record
from linli.foundation.events.sequencing import append, held_tree
from linli.foundation.events.verifying import FORGOTTEN, ROOT_SEALED

AT_ONCE = 500
NEVER = (FORGOTTEN, ROOT_SEALED)
TRIES = 3
"""A handler that has failed so often on somebody who is erased has nothing left to do."""


def forget(events: QuerySet[Event], *, about: str, actor: Actor) -> int | None:
    """Erase ``events`` once their handlers have run; returns how many, or ``None`` while one has still to see one."""
    going = events.exclude(kind__in=NEVER)
    unseen = Delivery.objects.filter(event=OuterRef("pk"), done_at__isnull=True, attempts__lt=TRIES)
    if going.filter(Q(position__isnull=True) | Exists(unseen)).exists():
        return None
    gone = 0
    while True:
        with transaction.atomic():
            tree = held_tree()
            some = dict(
                going.filter(position__isnull=False).order_by("position").values_list("pk", "position")[:AT_ONCE]
            )
            if not some:
                return gone
            Event.objects.filter(pk__in=some).delete()
            append(tree, [record(FORGOTTEN, tree, actor=actor, about=about, positions=_spans(some.values()))])
            gone += len(some)


def _spans(positions: Iterable[int | None]) -> list[tuple[int, int]]:
    """Consecutive positions as (first, last)."""
    spans: list[tuple[int, int]] = []
    for position in sorted(position for position in positions if position is not None):
        if spans and spans[-1][1] == position - 1:
            spans[-1] = (spans[-1][0], position)
        else:
            spans.append((position, position))
    return spans
