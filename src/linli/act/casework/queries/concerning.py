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


def in_danger(case: Case, actor: Actor) -> list[Resident]:
    """Who may need help in a P0 case, as far as the case knows: who reported it, and who lives in the home where it is."""
    about = Q(requests__joined__case=case)
    if case.home_id is not None:
        about |= Q(home=case.home_id, left_on__isnull=True)
    return list(Resident.objects.visible_to(actor).filter(about).distinct().order_by("pk"))


def ended(pk: int) -> datetime | None:
    """When the case was closed; of one that ended otherwise, when it was opened."""
    case = Case.objects.filter(pk=pk, state__in=ENDED).only("closed_at", "opened_at").first()
    return None if case is None else case.closed_at or case.opened_at
