"""Whom a case concerns, for whoever needs to reach them."""

from __future__ import annotations

from django.db.models import Q

from linli.act.casework.models import Case
from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Resident


def concerns(pk: int, resident: Resident, reader: Actor) -> bool:
    """Whether the reader may see the case, and the resident reported it or lives where it is."""
    reported = Q(joined__request__speaker=resident)
    lives_there = Q(home__residents=resident) | Q(building__entrances__homes__residents=resident)
    return Case.objects.visible_to(reader).filter(reported | lives_there, pk=pk).exists()
