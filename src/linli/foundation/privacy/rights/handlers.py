"""Telling people what became of a request."""

from __future__ import annotations

from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.rights import telling
from linli.foundation.privacy.rights.models import RightsRequest


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
