"""Recording what happened, in the same transaction as the change itself (transactional outbox)."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.models import Event


def record(kind: str, subject: models.Model, /, *, actor: Actor, **data: Any) -> Event:
    """Append ``kind`` (``app.what_happened``) about ``subject``; must be called inside the action's transaction.

    ``data`` must be JSON and free of personal content. Raises :class:`RuntimeError` outside a transaction, because
    an event that can be lost while its change stays (or the reverse) is worse than none.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{kind} recorded outside a transaction")
    return Event.objects.create(
        community_id=getattr(subject, "community_id", None) or actor.community_id,
        kind=kind,
        subject=f"{subject._meta.model_name}:{subject.pk}",
        actor=actor.label,
        happened_at=clock.now(),
        data=data,
    )
