"""Writing into the register: what kind, how many, by which rule, when; chained by digests, without personal data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC

from django.db import transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.models import AuditTree
from linli.foundation.events.recording import record
from linli.foundation.privacy.retention.models import RegisterEntry
from linli.foundation.privacy.retention.rules import version

FACTS = ("community_id", "what", "then", "count", "rule", "rules_version", "about", "marks")


def grown(digest: str, marks: Iterable[str]) -> str:
    """``digest`` with more numbers of rows after it."""
    return hashlib.sha256(f"{digest}:{','.join(marks)}".encode()).hexdigest()


@transaction.atomic
def enter(
    what: str, count: int, *, then: str, rule: str, about: str, marks: str = "", community_id: int | None, actor: Actor
) -> RegisterEntry:
    """One line, after the one before it; the audit log keeps its digest too."""
    AuditTree.objects.get_or_create(pk=1)
    AuditTree.objects.select_for_update().get(pk=1)
    last = RegisterEntry.objects.order_by("-pk").values_list("digest", flat=True).first() or ""
    entry = RegisterEntry(
        community_id=community_id,
        at=clock.now(),
        what=what,
        then=then,
        count=count,
        rule=rule,
        rules_version=version(),
        about=about,
        marks=marks,
    )
    entry.digest = digest_of(entry, last)
    entry.save()
    record("retention.erased", entry, actor=actor, what=what, then=then, count=count, rule=rule, digest=entry.digest)
    return entry


def digest_of(entry: RegisterEntry, last: str) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    facts = {name: getattr(entry, name) for name in FACTS} | {"at": at}
    return hashlib.sha256(f"{last}:{json.dumps(facts, sort_keys=True)}".encode()).hexdigest()


def first_broken() -> int | None:
    """The first entry whose digest does not fit what stands in it and before it; ``None`` when all do."""
    last = ""
    for entry in RegisterEntry.objects.order_by("pk").iterator(chunk_size=1000):
        if entry.digest != digest_of(entry, last):
            return entry.pk
        last = entry.digest
    return None
