"""What residents say about a change while it is announced, and the answers."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.charter.models import Change, Opinion, State
from linli.foundation.registry.models import Resident

LONGEST = 500


@transaction.atomic
def say_opinion(
    change_id: int, words: str, *, resident: Resident | None = None, channel: str = "", actor: Actor
) -> Opinion:
    """The resident says it, or staff write down what somebody said at the desk, by telephone or at the door.

    ``resident`` may be left out by staff for somebody who gives no name. Raises :class:`Invalid`, :class:`Conflict`
    (``not_announced``: too early or too late), :class:`NotFound`, :class:`NotAllowed`.
    """
    change = Change.objects.visible_to(actor).filter(pk=change_id).first()
    if change is None:
        raise NotFound
    who = None
    if resident is not None:
        who = Resident.objects.visible_to(actor).filter(pk=resident.pk).first()
        if who is None:
            raise NotFound
    own = who is not None and actor.resident_id == who.pk
    require(actor, "charter.say_opinion" if own else "charter.write_opinion_down", who)
    words = words.strip()
    if not words:
        raise Invalid(_("还没有写。写一句就行。"), code="empty", field="words")
    if len(words) > LONGEST:
        raise Invalid(_("太长了，最多 500 个字。"), code="too_long", field="words")
    if change.state != State.ANNOUNCED:
        raise Conflict(_("现在不在公示。有意见请打社区电话。"), code="not_announced")
    if not own and channel not in {Opinion.Channel.DESK, Opinion.Channel.PHONE, Opinion.Channel.DOOR}:
        raise Invalid(_("请选怎么来的。"), code="unknown_channel", field="channel")
    opinion = Opinion.objects.create(
        change=change,
        resident=who,
        words=words,
        channel=Opinion.Channel.PORTAL if own else channel,
        taken_by_id=None if own else actor.account_id,
        said_at=clock.now(),
    )
    record("charter.opinion_said", opinion, actor=actor, change=change.pk)
    return opinion


@transaction.atomic
def answer_opinion(opinion_id: int, answer: str, *, actor: Actor) -> Opinion:
    """Answer in words that everybody may read; once. Raises :class:`Invalid`, :class:`Conflict`, :class:`NotFound`."""
    found = Opinion.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=opinion_id).first()
    if found is None:
        raise NotFound
    require(actor, "charter.answer_opinion", found)
    if not answer.strip():
        raise Invalid(_("还没有写。写一句就行。"), code="empty", field="answer")
    if len(answer) > LONGEST:
        raise Invalid(_("太长了，最多 500 个字。"), code="too_long", field="answer")
    if found.answered_at is not None:
        raise Conflict(_("这一条答复过了。"), code="answered")
    found.answer, found.answered_by_id, found.answered_at = answer.strip(), actor.account_id, clock.now()
    found.save(update_fields=["answer", "answered_by", "answered_at"])
    record("charter.opinion_answered", found, actor=actor, change=found.change_id)
    return found
