"""What every step of a request has in common: loading, the state table, the line in its course."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.lifecycle.state_table import Transition
from linli.foundation.privacy.rights.models import WORKFLOW, RightsEntry, RightsRequest
from linli.foundation.privacy.rights.permissions import may_do

SYSTEM_LABEL = "系统"


def locked(request_id: int, actor: Actor, *, version: int | None = None) -> RightsRequest:
    """The request, held until the transaction ends.

    Raises :class:`NotFound` outside the actor's scope and :class:`Conflict` when it changed since ``version`` was read.
    """
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = RightsRequest.objects.visible_to(actor).filter(pk=request_id).values("pk")
    found = RightsRequest.objects.select_for_update().filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise Conflict(_("刚刚有人改过，请看一遍再做。"), code="stale")
    return found


def step(request: RightsRequest, verb: str, actor: Actor, **given: Any) -> Transition:
    """The declared transition; raises what the state table raises, and :class:`NotAllowed`."""
    transition = WORKFLOW.transition(request.state, verb)
    if not may_do(actor, frozenset(transition.who), request):
        raise NotAllowed
    transition.require(given)
    return transition


def move(request: RightsRequest, transition: Transition, now: datetime, **changes: Any) -> None:
    """Write the new state with whatever else changed."""
    request.state = transition.target(request.state)
    request.version += 1
    for name, value in changes.items():
        setattr(request, name, value)
    if request.is_over and request.ended_at is None:
        request.ended_at = now
    request.save()


def write_entry(request: RightsRequest, verb: str, actor: Actor, now: datetime, text: str = "", **data) -> RightsEntry:
    """One line of the course."""
    return RightsEntry.objects.create(
        request=request,
        verb=verb,
        text=text,
        data=data,
        by_id=actor.account_id,
        by_label=label_of(actor, request),
        at=now,
    )


def label_of(actor: Actor, request: RightsRequest) -> str:
    """Role and name as the person will read them; the person itself without a name, because staff read it too."""
    if actor.system:
        return SYSTEM_LABEL
    if actor.resident_id is not None and actor.resident_id == request.resident_id:
        return "本人"
    if request.resident_id in actor.ward_ids:
        return f"监护人 {actor.name}"[:64]
    if request.resident_id in actor.principal_ids:
        return f"代办人 {actor.name}"[:64]
    return actor.role_and_name[:64]
