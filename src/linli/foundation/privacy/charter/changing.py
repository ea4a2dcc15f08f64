"""What every step of a change has in common: loading, the state table, who was faster, the line in its course."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor, as_read
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.lifecycle.state_table import Transition
from linli.foundation.privacy.charter.models import OPEN, WORKFLOW, Change, ChangeEntry
from linli.foundation.privacy.charter.permissions import may_do

SYSTEM_LABEL = "系统"


def locked(change_id: int, actor: Actor, *, version: int | None = None) -> Change:
    """The change, held until the transaction ends.

    Raises :class:`NotFound` outside the actor's scope and :class:`Conflict` (``stale``), naming who was faster, when it
    changed since ``version`` was read.
    """
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = Change.objects.visible_to(actor).filter(pk=change_id).values("pk")
    found = Change.objects.select_for_update(of=("self",)).select_related("author").filter(pk__in=seen).first()
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        last = found.entries.last()
        facts = (
            {"who": as_read(last.by_label), "at": moment(last.at)}
            if last is not None
            else {"who": SYSTEM_LABEL, "at": ""}
        )
        raise Conflict(
            _("%(who)s %(at)s 先改了一步，所以这一步没有做。您写的还在，请看一遍再做。") % facts, code="stale"
        )
    return found


def step(change: Change, verb: str, actor: Actor, **given: Any) -> Transition:
    """The declared transition; raises what the state table raises, and :class:`NotAllowed`."""
    transition = WORKFLOW.transition(change.state, verb)
    if not may_do(actor, frozenset(transition.who), change):
        raise NotAllowed
    transition.require(given)
    return transition


def move(change: Change, transition: Transition, **changes: Any) -> None:
    """Write the new state with whatever else changed."""
    change.state = transition.target(change.state)
    change.version += 1
    for name, value in changes.items():
        setattr(change, name, value)
    change.save()


def refuse_second_open(change: Change) -> None:
    """Raise :class:`Conflict` (``somebody_was_faster``) when another change is open; the draft stays as it is."""
    other = Change.objects.filter(state__in=OPEN).exclude(pk=change.pk).select_related("author").first()
    if other is not None:
        who = other.author.display_name if other.author is not None else SYSTEM_LABEL
        at = moment(other.proposed_at or other.began_at)
        raise Conflict(
            _("%(who)s %(at)s 先提了一份修改，一次只能改一份。您写的还在，等那份生效或撤回以后再提。")
            % {"who": who, "at": at},
            code="somebody_was_faster",
            change=other.pk,
        )


def write_entry(change: Change, verb: str, actor: Actor, now: datetime, text: str = "") -> ChangeEntry:
    """One line of the course."""
    return ChangeEntry.objects.create(
        change=change, verb=verb, text=text, by_id=actor.account_id, by_label=label_of(actor), at=now
    )


def label_of(actor: Actor) -> str:
    """Role and name as others will read them."""
    if actor.system:
        return SYSTEM_LABEL
    return actor.role_and_name[:64]
