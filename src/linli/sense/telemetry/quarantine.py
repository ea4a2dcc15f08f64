"""What people do with messages that were set aside: look, and replay once the cause is mended."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.sense.telemetry.models import Quarantined
from linli.sense.telemetry.publishing import publish


def quarantined(actor: Actor):
    """Messages set aside in the actor's community, newest first; nobody but community staff sees any."""
    if not (actor.system or actor.is_community_staff):
        return Quarantined.objects.none()
    return Quarantined.objects.filter(community_id=actor.community_id or 0).order_by("-received_at", "-pk")


def load_quarantined(pk: int, *, actor: Actor) -> Quarantined:
    found = quarantined(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def replay(message: Quarantined, *, actor: Actor) -> int:
    """Put the message into the stream again; returns its new place there.

    Its good parts were stored the first time and are recognised as repeated. All parts of one message are replayed
    together. Raises :class:`Conflict` when it was replayed before or is too large to have been kept.
    """
    if not (actor.system or actor.is_community_staff):
        raise NotAllowed()
    with transaction.atomic():
        parts = list(
            Quarantined.objects.select_for_update().filter(
                community=message.community, sequence=message.sequence, received_at=message.received_at
            )
        )
        if any(part.replayed_at for part in parts):
            raise Conflict(_("这条消息已经重放过了。"), code="already_replayed")
        if not message.whole:
            raise Conflict(_("这条消息太大，没有完整保存，不能重放。"), code="not_kept_whole")
        for part in parts:
            part.replayed_at = clock.now()
        Quarantined.objects.bulk_update(parts, ["replayed_at"])
        record(
            "telemetry.quarantined_replayed",
            message,
            actor=actor,
            sequence=message.sequence,
            code=message.code,
        )
        return publish(message.subject.encode(), bytes(message.payload), asked=True)
