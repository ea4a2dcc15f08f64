"""Each finished day of the log is sealed: its digest stands in the audit log, where nobody can change it unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max, Min

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.privacy.retention.rules import rule_of
from linli.foundation.security.models import LogSeal, SecurityEvent

COLUMNS = ("pk", "at", "kind", "succeeded", "community_id", "about", "address", "device", "facts")
"""What never changes. Whose account it was may be forgotten by an erasure, and so may the event."""


def seal_finished_days() -> int:
    """Seal every day before today (UTC) that has rows and no seal; returns how many."""
    today = clock.real_now().astimezone(UTC).date()
    first = SecurityEvent.objects.aggregate(first=Min("at"))["first"]
    if first is None:
        return 0
    last = LogSeal.objects.aggregate(last=Max("day"))["last"]
    day = max(first.astimezone(UTC).date(), last + timedelta(days=1) if last else date.min)
    sealed = 0
    while day < today:
        with transaction.atomic():
            rows, digest = digest_of(day)
            seal = LogSeal.objects.create(day=day, rows=rows, digest=digest, sealed_at=clock.real_now())
            record(
                "security.log_sealed", seal, actor=Actor.for_system("security"),
                day=day.isoformat(), rows=rows, digest=digest,
            )  # fmt: skip
        day += timedelta(days=1)
        sealed += 1
    return sealed


def changed_days() -> list[date]:
    """Sealed days whose rows are not what they were; days from which rows have begun to be forgotten are left out."""
    oldest = rule_of("security.SecurityEvent").cutoff(clock.real_now()).astimezone(UTC).date()
    return [
        seal.day
        for seal in LogSeal.objects.filter(day__gt=oldest).order_by("day")
        if digest_of(seal.day) != (seal.rows, seal.digest)
    ]


def digest_of(day: date) -> tuple[int, str]:
    """How many rows a day (UTC) has, and the SHA-256 over them in the order of their numbers."""
    start = datetime.combine(day, time.min, tzinfo=UTC)
    rows = SecurityEvent.objects.filter(at__gte=start, at__lt=start + timedelta(days=1)).order_by("pk")
    return _digest(rows.values_list(*COLUMNS).iterator())


def _digest(rows: Iterable[tuple]) -> tuple[int, str]:
    hashed, n = hashlib.sha256(), 0
    for row in rows:
        plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row]
        hashed.update(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode() + b"\n")
        n += 1
    return n, hashed.hexdigest()
