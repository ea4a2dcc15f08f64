"""In whose name an actor may speak."""

from __future__ import annotations

from datetime import datetime

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import ProxyAuthority


def residents_spoken_for(actor: Actor, *, now: datetime | None = None) -> frozenset[int]:
    """Residents for whom ``actor`` may file, read and rate: itself, and principals whose authority covers requests."""
    own = {actor.resident_id} if actor.resident_id is not None else set()
    if not actor.principal_ids:
        return frozenset(own)
    moment = now or clock.now()
    authorities = ProxyAuthority.objects.filter(
        proxy_id=actor.account_id,
        principal_id__in=actor.principal_ids,
        starts_at__lte=moment,
        ends_at__gt=moment,
        revoked_at__isnull=True,
    )
    return frozenset(own | {a.principal_id for a in authorities if "requests" in a.scopes})
