"""Proposing a change, letting it through or sending it back, and withdrawing it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.deadlines import rules_on
from linli.foundation.lifecycle.publicity import shown_until
from linli.foundation.privacy.charter.changing import locked, move, refuse_second_open, step, write_entry
from linli.foundation.privacy.charter.models import Change, State
from linli.foundation.privacy.charter.queries import alterations, current, known_kinds
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.permitted import problems

LONGEST_REASON = 300


@transaction.atomic
def propose(
    change_id: int,
    reason_zh: str,
    reason_en: str,
    *,
    clearer: Collection[str] = (),
    version: int | None = None,
    actor: Actor,
) -> Change:
    """Hand the draft to another lead, with the reason that residents will read.

    ``clearer`` are purposes whose words only say the same more plainly. Raises :class:`Conflict`
    (``somebody_was_faster``: another change is open; ``base_moved``: another version came into force, catch up first;
    ``clashes``), :class:`Invalid` (``nothing_changed``, ``cannot_be_promised``) and what the state table raises. The
    draft is never lost.
    """
    change = locked(change_id, actor, version=version)
    reason_zh, reason_en = reason_zh.strip(), reason_en.strip()
    transition = step(change, "propose", actor, reason_zh=reason_zh, reason_en=reason_en)
    if max(len(reason_zh), len(reason_en) // 3) > LONGEST_REASON:
        raise Invalid(_("太长了，写短一点。"), code="too_long", field="reason_zh")
    refuse_second_open(change)
    holds = current()
    if change.base != holds.number:
        raise Conflict(_("您写的时候，公约出了新的一版。请先合到新的一版，再提。"), code="base_moved")
    if change.clashes:
        raise Conflict(_("有几处别人也改过，请先一处一处看过。"), code="clashes")
    change.clearer = sorted(set(clearer))
    if not alterations(change):
        raise Invalid(_("还没有改什么。"), code="nothing_changed")
    found = problems(change.document, holds.document, shipped_document(), kinds=known_kinds())
    if found:
        raise Invalid(str(found[0].words), code="cannot_be_promised", field=found[0].part or None, key=found[0].key)
    now = clock.now()
    try:
        with transaction.atomic():
            move(
                change,
                transition,
                reason_zh=reason_zh,
                reason_en=reason_en,
                author_id=actor.account_id,
                proposed_at=now,
            )
    except IntegrityError:
        refuse_second_open(change)
        raise
    write_entry(change, "propose", actor, now, reason_zh)
    record("charter.proposed", change, actor=actor, purposes=[one.key for one in alterations(change)])
    return change


@transaction.atomic
def send_back(change_id: int, text: str, *, version: int | None = None, actor: Actor) -> Change:
    """Not like this: back to its author, with what should be different."""
    change = locked(change_id, actor, version=version)
    transition = step(change, "send_back", actor, text=text.strip())
    now = clock.now()
    move(change, transition, proposed_at=None)
    write_entry(change, "send_back", actor, now, text.strip())
    record("charter.sent_back", change, actor=actor)
    return change


@transaction.atomic
def approve(change_id: int, *, version: int | None = None, actor: Actor) -> Change:
    """The second person lets it through: from now on it is shown to everybody, until it takes effect.

    Raises :class:`NotAllowed` for its author, :class:`Conflict` (``base_moved``) when another version came into force.
    """
    change = locked(change_id, actor, version=version)
    transition = step(change, "approve", actor)
    if change.base != current().number:
        raise Conflict(_("这份写的时候，公约还不是现在这一版。请退回去，合到新的一版。"), code="base_moved")
    now = clock.now()
    until = shown_until(rules_on(clock.today()), now)
    move(change, transition, approver_id=actor.account_id, announced_at=now, shown_until=until)
    write_entry(change, "approve", actor, now)
    record("charter.announced", change, actor=actor, until=until.isoformat())
    return change


@transaction.atomic
def withdraw(change_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Change:
    """Give it up before it takes effect; whoever was told of it is told of this too."""
    change = locked(change_id, actor, version=version)
    transition = step(change, "withdraw", actor, reason=reason.strip())
    was_announced = change.state == State.ANNOUNCED
    now = clock.now()
    again = {"told_up_to": 0, "told_at": None} if was_announced else {}
    move(change, transition, ended_at=now, **again)
    write_entry(change, "withdraw", actor, now, reason.strip())
    record("charter.withdrawn", change, actor=actor, announced=was_announced)
    return change
