"""Whom a case concerns, for whoever needs to reach them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from linli.act.casework.models import ENDED, Case, Level
from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Resident


def concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether the reader may see the case, and the resident reported it or lives in the home where it is.

    A P0 case (danger to life, ``domain.md`` §2.2) is an emergency: it concerns everybody who lives in the building.
    """
    about = Q(joined__request__speaker=resident) | Q(home__residents=resident)
    if emergency:
        about = Q(level=Level.P0) & (about | Q(building__entrances__homes__residents=resident))
    return Case.objects.visible_to(reader).filter(about, pk=pk).exists()


def ended(pk: int) -> datetime | None:
    """When the case was closed; of one that ended otherwise, when it was opened."""
    case = Case.objects.filter(pk=pk, state__in=ENDED).only("closed_at", "opened_at").first()
    return None if case is None else case.closed_at or case.opened_at
