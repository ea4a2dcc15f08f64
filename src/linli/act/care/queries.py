"""Who is to be looked in on, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from linli.act.care.models import Round, Visit
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Resident


@dataclass(frozen=True)
class VisitLine:
    """``late`` counts days since it was due; 0 today, negative before."""

    visit: Visit
    late: int

    @property
    def overdue(self) -> bool:
        return self.late > 0

    @property
    def about(self) -> str:
        """The visit as the work for which the door is asked."""
        return f"visit:{self.visit.pk}"


def visits_due(actor: Actor, today: date) -> list[VisitLine]:
    """Every visit that waits in the actor's places, the most overdue first; those of residents are not staff's list."""
    rows = (
        Visit.objects.visible_to(actor)
        .waiting()
        .select_related("round__resident__home__entrance__building__estate")
        .order_by("due_on", "pk")
    )
    return [VisitLine(visit, (today - visit.due_on).days) for visit in rows]


def visit_for(actor: Actor, visit_id: int) -> Visit:
    """The visit; raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = Visit.objects.visible_to(actor).filter(pk=visit_id).first()
    if found is None:
        raise NotFound
    return found


def round_for(actor: Actor, round_id: int) -> Round:
    """The round; raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = Round.objects.visible_to(actor).filter(pk=round_id).first()
    if found is None:
        raise NotFound
    return found


def rounds_of(resident: Resident) -> dict[str, Round]:
    """Running rounds of a resident by kind."""
    return {one.kind: one for one in Round.objects.running().filter(resident=resident)}


def next_visit_of(resident: Resident) -> Visit | None:
    """When somebody comes or calls next."""
    return Visit.objects.waiting().filter(round__resident=resident).order_by("due_on", "pk").first()


def concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether the visit waits for the reader's places and is to this resident."""
    return Visit.objects.visible_to(reader).waiting().filter(pk=pk, round__resident=resident).exists()


def round_concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether the round still runs, is this resident's and is the reader's to walk."""
    rounds = Round.objects.visible_to(reader).running()
    return not emergency and rounds.filter(pk=pk, resident=resident).exists()
