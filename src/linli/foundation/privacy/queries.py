"""Who looked at whom, and what is agreed."""

from __future__ import annotations

from django.db.models import QuerySet

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.registry.models import Resident


def looks_at(actor: Actor) -> QuerySet[AccessRecord]:
    """Every reveal of a field of the actor or its principals, newest first."""
    return (
        AccessRecord.objects.visible_to(actor)
        .filter(resident__in=actor.residents_for("privacy"))
        .order_by("-at", "-pk")
    )


def consents_of(actor: Actor) -> QuerySet[Consent]:
    """Every consent of the actor or its principals, withdrawn ones included, newest first."""
    return (
        Consent.objects.visible_to(actor)
        .filter(resident__in=actor.residents_for("privacy"))
        .order_by("-given_at", "-pk")
    )


def resident_for(actor: Actor, resident_id: int) -> Resident:
    """The resident; raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = Resident.objects.visible_to(actor).filter(pk=resident_id).first()
    if found is None:
        raise NotFound
    return found


def resident_for_door(actor: Actor, resident_id: int) -> Resident:
    """A resident to ask the door about, which alone says whom the actor may see; raises :class:`NotFound`."""
    if actor.community_id is None:
        raise NotFound
    found = Resident.objects.filter(pk=resident_id, community_id=actor.community_id).first()
    if found is None:
        raise NotFound
    return found


def consent_for(actor: Actor, consent_id: int) -> Consent:
    """The consent; raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = Consent.objects.visible_to(actor).filter(pk=consent_id).first()
    if found is None:
        raise NotFound
    return found
