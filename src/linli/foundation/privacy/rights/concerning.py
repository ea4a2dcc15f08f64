"""A request about one's own information as a piece of work: whom it concerns and how it is named."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.concerning import work_of
from linli.foundation.privacy.naming import names_work
from linli.foundation.privacy.rights.models import RightsRequest
from linli.foundation.registry.models import Resident


def concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether the reader may see the request and the resident made it; it is never an emergency."""
    return not emergency and RightsRequest.objects.visible_to(reader).filter(pk=pk, resident=resident).exists()


def ended(pk: int) -> datetime | None:
    return RightsRequest.objects.filter(pk=pk).values_list("ended_at", flat=True).first()


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    rows = RightsRequest.objects.filter(pk__in=numbers, resident=resident)
    return {row.pk: _("办您的要求 %(number)s") % {"number": row.number} for row in rows}


def register() -> None:
    work_of("rights", concerns, ended=ended)
    names_work("rights", names)
