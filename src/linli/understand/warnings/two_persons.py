"""A change that one person asks for and another agrees to, of a rule or of the order of calling: who may do what to it, and how
it ends."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.persons import same_person
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotAllowed
from linli.understand.warnings.models import CHANGE_WORKFLOW
from linli.understand.warnings.models.rule_changes import TwoPersonChange

SHORTEST_REASON = 4
CHANGED_BY = frozenset({Role.COMMUNITY_DIRECTOR, Role.COMMUNITY_WORKER})
"""Who may be the second person."""


def allowed_on(change: TwoPersonChange, actor: Actor) -> set[str]:
    """The verbs of the state table that ``actor`` may do to it now."""
    return {step.verb for step in CHANGE_WORKFLOW.allowed(change.state) if _may(step.who, change, actor)}


def step_on(change: TwoPersonChange, verb: str, actor: Actor, **given: str) -> None:
    """Move the locked change on by ``verb``, unsaved. Raises :class:`NotAllowed` (``same_person`` for who asked), :class:`Invalid`
    for what must be given, and :class:`Conflict` where the state does not let it."""
    step = CHANGE_WORKFLOW.transition(change.state, verb)
    if not _may(step.who, change, actor):
        raise NotAllowed(_("自己提的，要另一位来同意。"), code="same_person") if "another" in step.who else NotAllowed()
    step.require(given)
    change.state = step.target(change.state)


def decide(change: TwoPersonChange, actor: Actor) -> None:
    """Save by whom and when it was moved on."""
    change.decided_by_id, change.decided_as = actor.account_id, actor.role_and_name[:100]
    change.decided_at = clock.now()
    change.save()


def expire(change: TwoPersonChange, now: datetime) -> None:
    """Nobody agreed in time."""
    change.state = CHANGE_WORKFLOW.transition(change.state, "expire").target(change.state)
    change.decided_at = now
    change.save()


def overtake(changes: QuerySet[Any]) -> None:
    """What waits among ``changes`` is of something that has been changed since."""
    asked = TwoPersonChange.State.ASKED
    target = CHANGE_WORKFLOW.transition(asked, "overtake").target(asked)
    changes.filter(state=asked).update(state=target, decided_at=clock.now())


def _may(who: Set[str], change: TwoPersonChange, actor: Actor) -> bool:
    if actor.account_id is None or not CHANGED_BY & actor.roles or change.expires_at <= clock.now():
        return False
    if "asker" in who:
        return change.asked_by_id == actor.account_id
    return "another" in who and not same_person(actor.account_id, change.asked_by_id)
