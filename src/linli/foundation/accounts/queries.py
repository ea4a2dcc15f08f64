"""From an account to the actor it is now."""

from __future__ import annotations

from datetime import datetime

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor, held_from
from linli.foundation.accounts.models import Account


def actor_of(account: Account, *, now: datetime | None = None) -> Actor:
    """Resolve grants and proxy authorities that are in force at ``now``; an inactive account is nobody."""
    if not account.is_active:
        return Actor.nobody()
    moment = now or clock.now()
    grants = account.grants.filter(starts_at__lte=moment, expires_at__gt=moment)
    principals = account.authorities.filter(
        starts_at__lte=moment, ends_at__gt=moment, revoked_at__isnull=True
    ).values_list("principal_id", flat=True)
    return Actor(
        community_id=account.community_id,
        account_id=account.pk,
        name=account.display_name,
        held=held_from(grants),
        resident_id=account.resident_id,
        principal_ids=frozenset(principals),
    )
