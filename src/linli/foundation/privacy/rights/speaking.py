"""For whom an actor may see and ask about information: itself, and whoever let it do that."""

from __future__ import annotations

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import ProxyAuthority

SCOPE = "privacy"


def residents_answered_for(actor: Actor) -> frozenset[int]:
    """The actor itself, and principals whose authority covers privacy."""
    own = {actor.resident_id} if actor.resident_id is not None else set()
    return frozenset(own | principals_for_privacy(actor))


def principals_for_privacy(actor: Actor) -> frozenset[int]:
    """Principals that let the actor see and ask about their information; one who only reports for them may not."""
    if not actor.principal_ids:
        return frozenset()
    now = clock.now()
    authorities = ProxyAuthority.objects.filter(
        proxy_id=actor.account_id,
        principal_id__in=actor.principal_ids,
        starts_at__lte=now,
        ends_at__gt=now,
        revoked_at__isnull=True,
    )
    return frozenset(one.principal_id for one in authorities if SCOPE in one.scopes)
