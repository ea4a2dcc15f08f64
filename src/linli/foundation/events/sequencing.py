"""Giving committed events their place in the one log, and their leaf in the audit tree.

Row ids are taken before a commit and may appear out of order; ``position`` is given afterwards, to what is
committed, by whoever holds the tree's row. It is the only order that delivery and audit use.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from linli.foundation.events import leaf
from linli.foundation.events.handling import registered
from linli.foundation.events.merkle import Frontier
from linli.foundation.events.models import AuditLeaf, AuditTree, Delivery, Event
from linli.foundation.events.stored import stored_rows

BATCH = 500


def sequence(limit: int = BATCH) -> int:
    """Place up to ``limit`` new events and make a delivery for each handler that wants them; returns how many."""
    with transaction.atomic():
        tree = held_tree()
        events = list(Event.objects.filter(position__isnull=True).order_by("id")[:limit])
        append(tree, events)
    return len(events)


def held_tree() -> AuditTree:
    """The tree's row, locked until the transaction ends: one sequencer at a time."""
    AuditTree.objects.get_or_create(pk=1)
    return AuditTree.objects.select_for_update().get(pk=1)


def append(tree: AuditTree, events: Iterable[Event]) -> None:
    """Place ``events`` at the end of the log; the caller holds ``tree``."""
    placed = list(events)
    if not placed:
        return
    for position, event in enumerate(placed, start=tree.size):
        event.position = position
    Event.objects.bulk_update(placed, ["position"])
    grown = frontier(tree)
    leaves = []
    stored = Event.objects.filter(position__gte=tree.size).order_by("position")
    for position, row in enumerate(stored_rows(stored, leaf.EVENT), start=tree.size):
        hashed = leaf.hash_of(leaf.values(row, leaf.EVENT))
        leaves.append(AuditLeaf(position=position, hash=hashed))
        grown = grown.append(hashed)
    AuditLeaf.objects.bulk_create(leaves)
    Delivery.objects.bulk_create(
        Delivery(event=event, handler=handler.name, subject=event.subject, position=position)
        for position, event in enumerate(placed, start=tree.size)
        for handler in registered.values()
        if event.kind in handler.kinds
    )
    tree.size, tree.tops = grown.size, [top.hex() for top in grown.tops]
    tree.save()


def frontier(tree: AuditTree) -> Frontier:
    return Frontier(tree.size, tuple(bytes.fromhex(top) for top in tree.tops))
