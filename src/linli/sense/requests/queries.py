"""Reading requests."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.errors import NotFound
from linli.sense.requests.models import Request


def load_request(pk: int, *, actor: Actor) -> Request:
    """The request with its place and speaker; raises :class:`NotFound`."""
    found = requests_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def requests_visible_to(actor: Actor) -> QuerySet[Request]:
    """Newest first, with place and speaker joined."""
    return (
        Request.objects.visible_to(actor)
        .select_related(
            "speaker", "home__entrance__building__estate", "building__estate", "building__grid", "facility__grid"
        )
        .order_by("-said_at", "-id")
    )


def residents_spoken_for(actor: Actor, *, now: datetime) -> frozenset[int]:
    """Residents in whose name ``actor`` may file: itself, and principals whose authority covers requests."""
    own = {actor.resident_id} if actor.resident_id is not None else set()
    if not actor.principal_ids:
        return frozenset(own)
    authorities = ProxyAuthority.objects.filter(
        proxy_id=actor.account_id,
        principal_id__in=actor.principal_ids,
        starts_at__lte=now,
        ends_at__gt=now,
        revoked_at__isnull=True,
    )
    return frozenset(own | {a.principal_id for a in authorities if "requests" in a.scopes})
