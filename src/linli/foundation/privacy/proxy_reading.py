"""Whoever reads in somebody's name leaves a line that the person sees."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.registry.models import Resident

PURPOSE = "acting_for"
SAME_SITTING = timedelta(minutes=10)
"""Leafing to and fro within this time is one reading."""


def note_reading(resident: Resident, what: str, *, actor: Actor) -> None:
    """Record that a proxy or guardian read ``what`` (``information``, ``looks``, ``copy``); the person's own reading is none."""
    if actor.resident_id == resident.pk or actor.account_id is None:
        return
    now = clock.now()
    known = AccessRecord.objects.filter(
        resident=resident, account_id=actor.account_id, field=what, purpose=PURPOSE, at__gt=now - SAME_SITTING
    )
    if not known.exists():
        AccessRecord.objects.create(
            resident=resident,
            account_id=actor.account_id,
            reader=("监护人 " if resident.pk in actor.ward_ids else "代办人 ") + actor.name,
            field=what,
            purpose=PURPOSE,
            at=now,
        )
