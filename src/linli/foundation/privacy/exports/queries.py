"""Reading exports, and whom a list would name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.privacy.exports.models import APPROVERS, WORKFLOW, Export, Kind, State
from linli.foundation.privacy.exports.permissions import may_do
from linli.foundation.privacy.purposes import Purpose, in_force
from linli.foundation.registry.models import Resident

WORK = "export"
"""As ``purposes.toml`` names it: a purpose that lists it may be used for a list of many."""


@dataclass(frozen=True)
class Scope:
    """How the people of a list are chosen, inside what the asker may see anyway."""

    grid: int | None = None
    building: int | None = None
    from_age: int | None = None
    living_alone: bool = False

    def as_json(self) -> dict:
        return {name: value for name, value in vars(self).items() if value}


def exportable(actor: Actor) -> list[Purpose]:
    """The purposes for which the actor's roles may take out a list."""
    return [one for one in in_force().values() if WORK in one.about and one.fields and actor.has(*one.roles)]


def chosen_by(scope: Scope, actor: Actor) -> list[Resident]:
    """Who lives here, may be seen by the actor and fits, by home and name."""
    rows = (
        Resident.objects.visible_to(actor)
        .filter(left_on__isnull=True)
        .select_related("home__entrance__building__estate")
    )
    if scope.grid:
        rows = rows.filter(home__entrance__building__grid=scope.grid)
    if scope.building:
        rows = rows.filter(home__entrance__building=scope.building)
    if scope.living_alone:
        rows = rows.filter(living_alone=True)
    today = clock.today()
    ordered = rows.order_by(
        "home__entrance__building_id", "home__entrance__number", "home__floor", "home__number", "pk"
    )
    return [one for one in ordered if not scope.from_age or one.age_on(today) >= scope.from_age]


def exports_of(actor: Actor) -> QuerySet[Export]:
    """Lists of people's own data that the actor may see, what waits for a decision first, then the newest."""
    rows = Export.objects.visible_to(actor).filter(kind=Kind.RESIDENTS)
    return rows.select_related("asked_by", "decided_by").order_by("-asked_at", "-pk")


def plain_exports(actor: Actor) -> QuerySet[Export]:
    """Files in which people stay masked, newest first."""
    return Export.objects.visible_to(actor).exclude(kind=Kind.RESIDENTS).order_by("-asked_at", "-pk")


def export_for(actor: Actor, export_id: int) -> Export:
    """The export; raises :class:`NotFound`."""
    if actor.community_id is None:
        raise NotFound
    found = exports_of(actor).filter(pk=export_id).first()
    if found is None:
        raise NotFound
    return found


def waiting_for(actor: Actor) -> int:
    """How many lists wait for this person's yes or no."""
    if not actor.has(*APPROVERS) or actor.community_id is None:
        return 0
    return Export.objects.filter(state=State.ASKED, kind=Kind.RESIDENTS).exclude(asked_by_id=actor.account_id).count()


def allowed_verbs(export: Export, actor: Actor) -> list[str]:
    """What the actor may do to it now."""
    return [step.verb for step in WORKFLOW.allowed(export.state) if may_do(actor, frozenset(step.who), export)]


def fields_of(purpose: Purpose) -> Sequence[str]:
    """What a list for this purpose may carry, in the order in which people read it."""
    order = ("name", "phone", "address", "birth_date", "identity_number", "care_grade", "health")
    return [field for field in order if field in purpose.fields]
