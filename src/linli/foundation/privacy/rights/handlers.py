"""Telling people what became of a request, and using again what somebody agrees to again."""

from __future__ import annotations

from linli.foundation import clock
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.rights import telling
from linli.foundation.privacy.rights.models import RightsRequest, Suspension


def _request_of(event: Event) -> RightsRequest | None:
    number = int(event.subject.partition(":")[2])
    return RightsRequest.objects.select_related("resident__account", "owner", "community").filter(pk=number).first()


@on("rights.asked")
def tell_received(event: Event) -> None:
    if (request := _request_of(event)) is not None:
        telling.tell_received(request)
        telling.tell_owner(request)


@on("rights.assigned")
def tell_new_owner(event: Event) -> None:
    if (request := _request_of(event)) is not None:
        telling.tell_owner(request)


@on("rights.extended")
def tell_extended(event: Event) -> None:
    if (request := _request_of(event)) is not None:
        telling.tell_extended(request)


@on("rights.copy_ready", "rights.corrected", "rights.purpose_suspended", "rights.answered", "rights.refused")
def tell_ended(event: Event) -> None:
    if (request := _request_of(event)) is not None:
        telling.tell_ended(request)


@on("rights.deadline_reached")
def tell_deadline(event: Event) -> None:
    request = _request_of(event)
    if request is not None and not request.is_over:
        telling.tell_deadline(request, event.data["percent"], event.data["to"], event.data["round"])


@on("privacy.consent_given")
def end_suspension(event: Event) -> None:
    """Who agrees again takes the objection to that purpose back; news of an agreement before it does not."""
    live = Suspension.objects.filter(ended_at=None, purpose=event.data["purpose"], since__lt=event.happened_at)
    live.filter(resident_id=event.data["resident"]).update(ended_at=clock.now())
