"""How long the security log stays: whole days (UTC) go, so that the seal of a day that is still here can be checked."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.db.models import QuerySet

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import spares
from linli.foundation.security.models import SecurityEvent


def whole_days(before: datetime) -> QuerySet[SecurityEvent]:
    start = datetime.combine(before.astimezone(UTC).date(), time.min, tzinfo=UTC)
    return SecurityEvent.objects.filter(at__lt=start)


def register() -> None:
    expires("security.SecurityEvent", whole_days, moment="at", everywhere=True)
    spares(
        ("security.SecurityEvent",),
        "whose sign-in it was is forgotten with the account; the log of the network itself must stay six months (CSL art. 21)",
    )
