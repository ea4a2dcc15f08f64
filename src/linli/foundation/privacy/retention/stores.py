"""The stores that belong to nobody else: the list of erasures, the events, the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.forgetting import forget
from linli.foundation.events.models import Event
from linli.foundation.privacy.retention import tombstones
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import stores

LED_BY_RESIDENT = ("resident", "guardian", "principal")
"""Names under which events hold the number of a resident."""


def lay_tombstones(stones: Sequence[tombstones.Stone], erasure: Erasure) -> int:
    tombstones.lay(stones)
    return 0


def forget_events(whose: Sequence[Mapping[str, Any]], erasure: Erasure) -> int | None:
    """Events about the person, or done by them; ``None`` while a handler has still to see one."""
    about = Q(pk__in=())
    for one in whose:
        about |= Q(subject__in=one["subjects"])
        if one["resident"]:
            for name in LED_BY_RESIDENT:
                about |= Q(**{f"data__{name}": one["resident"]})
        if one["account"]:
            about |= Q(actor=f"account:{one['account']}") | Q(data__proxy=one["account"])
    actor = Actor.for_system("retention", erasure.community_id)
    events = Event.objects.filter(about, community_id=erasure.community_id)
    return forget(events, about=f"erasure:{erasure.pk}", actor=actor)


def register() -> None:
    stores("tombstones", lay_tombstones, order=0)
    stores("events", forget_events, order=80)
