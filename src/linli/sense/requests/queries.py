"""Reading requests."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.registry.models import Resident
from linli.sense.requests.models import Request


def load_request(pk: int, *, actor: Actor) -> Request:
    """The request with its place and speaker; raises :class:`NotFound`."""
    found = requests_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def requests_visible_to(actor: Actor) -> QuerySet[Request]:
    """Newest first, with place and speaker joined."""
    return (
        Request.objects.visible_to(actor)
        .select_related(
            "speaker", "home__entrance__building__estate", "building__estate", "building__grid", "facility__grid"
        )
        .order_by("-said_at", "-id")
    )


def may_see_photo(actor: Actor, photo: Attachment) -> bool:
    """Whoever sees a request sees its photos."""
    return Request.objects.visible_to(actor).filter(photos=photo).exists()


def concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether the reader may see the request and the resident said it; what is urgent about it is its case's matter."""
    return not emergency and Request.objects.visible_to(reader).filter(pk=pk, speaker=resident).exists()


def ended(pk: int) -> datetime | None:
    """When it was received: whoever still works on it years later does so in its case."""
    return Request.objects.filter(pk=pk).values_list("received_at", flat=True).first()
