"""What every step has in common: loading, the state table, the line in the course."""

from __future__ import annotations

from typing import Any, TypeVar

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.lifecycle.state_table import Transition
from linli.foundation.privacy.sensing.models import (
    ASSESSMENT_WORKFLOW,
    DECLARATION_WORKFLOW,
    Assessment,
    Declaration,
    Step,
)
from linli.foundation.privacy.sensing.permissions import may_do

Thing = TypeVar("Thing", Declaration, Assessment)
WORKFLOWS = {Declaration: DECLARATION_WORKFLOW, Assessment: ASSESSMENT_WORKFLOW}
SYSTEM_LABEL = "系统"


def locked(model: type[Thing], pk: int, actor: Actor, *, version: int | None = None) -> Thing:
    """The row, held until the transaction ends.

    Raises :class:`NotFound` outside the actor's scope and :class:`Conflict` when it changed since ``version`` was read.
    """
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = model.objects.visible_to(actor).filter(pk=pk).values("pk")
    found = model.objects.select_for_update().filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise Conflict(_("刚刚有人改过，请看一遍再做。"), code="stale")
    return found


def step(thing: Declaration | Assessment, verb: str, actor: Actor, **given: Any) -> Transition:
    """The declared transition; raises what the state table raises, and :class:`NotAllowed`."""
    transition = WORKFLOWS[type(thing)].transition(thing.state, verb)
    if not may_do(actor, frozenset(transition.who), thing):
        raise NotAllowed
    transition.require(given)
    return transition


def move(thing: Declaration | Assessment, transition: Transition, actor: Actor, text: str = "", **changes: Any) -> None:
    """Write the new state with whatever else changed, and the line in its course."""
    thing.state = transition.target(thing.state)
    thing.version += 1
    for name, value in changes.items():
        setattr(thing, name, value)
    if thing.is_over and thing.ended_at is None:
        thing.ended_at = clock.now()
    thing.save()
    write_step(thing, transition.verb, actor, text)


def write_step(thing: Declaration | Assessment, verb: str, actor: Actor, text: str = "") -> Step:
    kind = "declaration" if isinstance(thing, Declaration) else "assessment"
    return Step.objects.create(
        **{kind: thing}, verb=verb, text=text[:500], by_id=actor.account_id, by_label=label_of(actor), at=clock.now()
    )


def label_of(actor: Actor) -> str:
    """Role and name as people read them."""
    if actor.system:
        return SYSTEM_LABEL
    return actor.role_and_name[:64]
