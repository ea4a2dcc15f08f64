"""The audit log in use: sealing a root each day, checking everything, proving one event."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.forms.models import model_to_dict

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.events import merkle
from linli.foundation.events.leaf import EVENT
from linli.foundation.events.models import AuditLeaf, AuditTree, Event, TreeHead
from linli.foundation.events.recording import record
from linli.foundation.events.sequencing import append, frontier, held_tree
from linli.foundation.events.stored import stored_rows
from linli.foundation.events.verifying import HEAD, ROOT_SEALED, TREE, Report, head_facts
from linli.foundation.events.verifying import verify as verify_rows


def roots_log() -> Path:
    """One line a day, ``day size root``: to be posted where this machine's keeper cannot write."""
    return settings.LINLI_HOME / "audit" / "roots.log"


def seal(day: date | None = None) -> TreeHead | None:
    """Seal the root of the log once for ``day`` (today by default); None when it was sealed already or is empty.

    The event that records the head takes the very next position, so the head is itself under the next root.
    """
    day = day or clock.today()
    head = None
    with transaction.atomic():
        tree = held_tree()
        if tree.size and not TreeHead.objects.filter(day=day).exists():
            head = TreeHead.objects.create(
                day=day, size=tree.size, root=frontier(tree).root().hex(), made_at=clock.now()
            )
            append(tree, [record(ROOT_SEALED, head, actor=Actor.for_system("audit"), **_facts(head))])
    _post_new_heads()
    return head


def verify(known_roots: Mapping[int, str] | None = None) -> Report:
    """Check the whole log as stored; ``known_roots`` (size to root, hex) come from outside."""
    return verify_rows(
        events=stored_rows(Event.objects.filter(position__isnull=False).order_by("position"), EVENT),
        leaves=((leaf.position, bytes(leaf.hash)) for leaf in AuditLeaf.objects.order_by("position").iterator()),
        tree=next(stored_rows(AuditTree.objects.filter(pk=1), TREE), None),
        heads=stored_rows(TreeHead.objects.order_by("id"), HEAD),
        known_roots=known_roots,
    )


def first_bad_event(report: Report) -> str:
    """The earliest event that a finding points at, in words for the log's keeper; empty when none is named."""
    positions = [finding.position for finding in report.findings if finding.position is not None]
    if not positions:
        return ""
    event = Event.objects.filter(position=min(positions)).values_list("pk", flat=True).first()
    return f"position {min(positions)}" + (f" (event {event})" if event else " (no such event)")


def read_roots(path: Path) -> dict[int, str]:
    """Sizes and roots of a posted file. Raises :class:`ValueError`, naming the first line that is none."""
    roots = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            _, words, root = line.split()
            size, root = int(words), bytes.fromhex(root).hex()
        except ValueError:
            raise ValueError(f"line {number} is not 'day size root': {line[:80]!r}") from None
        if roots.setdefault(size, root) != root:
            raise ValueError(f"line {number} gives another root for size {size} than a line before it")
    return roots


def unplaced() -> int:
    """Events so new that the sequencer has not placed them: no check covers them yet."""
    return Event.objects.filter(position__isnull=True).count()


@dataclass(frozen=True)
class Proof:
    """That one event stands in the log: check it with :func:`merkle.verify_inclusion`. Hashes are hex."""

    event: int
    position: int
    leaf: str
    size: int
    root: str
    path: tuple[str, ...]


def prove(event_id: int) -> Proof:
    """Inclusion proof against the present root. Raises :class:`NotFound` for what is not in the log (yet)."""
    position = Event.objects.filter(pk=event_id).values_list("position", flat=True).first()
    if position is None:
        raise NotFound()
    leaves = [bytes(h) for h in AuditLeaf.objects.order_by("position").values_list("hash", flat=True)]
    return Proof(
        event=event_id,
        position=position,
        leaf=leaves[position].hex(),
        size=len(leaves),
        root=merkle.root_of(leaves).hex(),
        path=tuple(step.hex() for step in merkle.inclusion_proof(position, leaves)),
    )


def _facts(head: TreeHead) -> dict[str, Any]:
    made_at = head.made_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return head_facts({**model_to_dict(head), "day": head.day.isoformat(), "made_at": made_at, "id": head.pk})


def _post_new_heads() -> None:
    """Append to the file what the database has and it has not, so that a crash between the two heals itself."""
    path = roots_log()
    posted = path.read_text().splitlines() if path.exists() else []
    lines = [line for line in map(_line, TreeHead.objects.order_by("size")) if line not in posted]
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def _line(head: TreeHead) -> str:
    return f"{head.day.isoformat()} {head.size} {head.root}"
