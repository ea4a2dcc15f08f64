"""Consent to a face taken back, ended by a move, or refused: it leaves the gate, and another way stands in."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.sensing.actions.entering import FACE_PURPOSE, take_faces_away
from linli.foundation.registry.models import Resident


@on("privacy.consent_withdrawn", "privacy.consent_declined")
def take_the_face_away(event: Event) -> None:
    if event.data["purpose"] != FACE_PURPOSE:
        return
    resident = Resident.objects.select_related("home__entrance__building").filter(pk=event.data["resident"]).first()
    if resident is None or Consent.objects.in_force().filter(resident=resident, purpose=FACE_PURPOSE).exists():
        return
    take_faces_away(resident, actor=Actor.for_system("sensing", event.community_id))
