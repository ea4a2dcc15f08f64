"""Counting what was not kept, by device and reason."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import F

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import may
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.models import Device, Withheld

DEVICES_A_QUERY = 500


def note_withheld(counts: Counter[tuple[int, str]], now: datetime) -> None:
    """Add ``counts`` by (device, reason); inside the storing transaction, from the one process that stores."""
    keys = sorted(counts)
    for start in range(0, len(keys), DEVICES_A_QUERY):
        some = keys[start : start + DEVICES_A_QUERY]
        held = Withheld.objects.filter(device__in={pk for pk, _ in some}).values_list("device_id", "reason", "times")
        before = {(device, reason): times for device, reason, times in held}
        Withheld.objects.bulk_create(
            [
                Withheld(
                    device_id=key[0], reason=key[1], times=before.get(key, 0) + counts[key], first_at=now, last_at=now
                )
                for key in some
            ],
            update_conflicts=True,
            unique_fields=["device", "reason"],
            update_fields=["times", "last_at"],
        )


def note_refused(device: Device, reason: str) -> None:
    """Count one message that the HTTP door turned away."""
    now = clock.now()
    with transaction.atomic():
        row, made = Withheld.objects.get_or_create(
            device=device, reason=reason, defaults={"times": 1, "first_at": now, "last_at": now}
        )
        if not made:
            Withheld.objects.filter(pk=row.pk).update(times=F("times") + 1, last_at=now)


def withheld(actor: Actor):
    """What was not kept in the actor's community, the newest first; for community staff and oversight."""
    if not may(actor, "sensing.see_pages"):
        return Withheld.objects.none()
    rows = Withheld.objects.filter(device__community_id=active_community_id())
    return rows.select_related("device").order_by("-last_at", "-pk")
