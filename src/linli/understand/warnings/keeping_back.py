"""Why a warning waits: its home is away, its device is worked on, water or power is known to be off, or many have one cause.

What waits stays a row of its own, is seen in its group or list, and can be worked on. It opens when the reason is gone and
the condition is not: nobody is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from linli.foundation.registry.models import Building, Home
from linli.sense.telemetry.models import Device
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.causes import (
    Group,
    Member,
    groups,
    have_one_cause,
    outages,
    rest_while_away,
    same_trouble,
)
from linli.understand.warnings.models import Pause, Warning
from linli.understand.warnings.places import Place

AFTER_THE_GROUP = timedelta(hours=2)
"""How long the members of a group that a person has ended may take to recover by themselves."""


@dataclass(frozen=True)
class Kept:
    """``until`` is when it is looked at again; ``None``: when the warning ``part_of`` has ended."""

    why: str
    until: datetime | None = None
    part_of: Warning | None = None


@dataclass(frozen=True)
class Where:
    """Primary keys of what contains a place."""

    entrance_id: int | None
    building_id: int | None
    estate_id: int | None


def where_is(place: Place, device_id: int | None) -> Where:
    entrance = (
        Home.objects.filter(pk=place.home_id).values_list("entrance_id", flat=True).first() if place.home_id else None
    )
    if entrance is None and device_id is not None:
        entrance = Device.objects.filter(pk=device_id).values_list("entrance_id", flat=True).first()
    estate = Building.objects.filter(pk=place.building_id or 0).values_list("estate_id", flat=True).first()
    return Where(entrance, place.building_id, estate)


def why_kept(kind: str, level: str, place: Place, device_id: int | None, now: datetime) -> Kept | None:
    """The first reason for which a warning of ``kind`` there waits now. P0 never waits."""
    asks = kind in _concerned()
    if level == "P0" or not (asks or device_id is not None):
        return None
    if device_id is not None and (until := maintained_until(device_id, now)) is not None:
        return Kept(Warning.Held.MAINTENANCE, until)
    if not asks:
        return None
    if kind in rest_while_away() and place.home_id is not None:
        away = Pause.objects.in_force(now).filter(kind=Pause.Kind.AWAY, home=place.home_id).order_by("-ends_at").first()
        if away is not None:
            return Kept(Warning.Held.AWAY, away.ends_at)
    where = where_is(place, device_id)
    for outage in outages().values():
        if kind in outage.kinds and (until := _off_until(outage.key, where, outage.settle, now)) is not None:
            return Kept(Warning.Held.OUTAGE, until)
    alike = _same_there(kind, place, device_id).filter(state__in=Warning.ACTIVE, level__lte=level)
    for known in alike.order_by("opened_at", "pk"):
        if _calls_for(kind, level, known):
            return Kept(Warning.Held.GROUP, None, known)
    for group in groups().values():
        if kind in group.kinds and (source := _source(group, where)) is not None:
            rows = Warning.objects.active().filter(kind=group.key, source=source)
            if (whole := rows.select_for_update(of=("self",)).first()) is not None:
                return Kept(Warning.Held.GROUP, None, whole)
    return None


def _calls_for(kind: str, level: str, known: Warning) -> bool:
    """Whether people are called about ``known`` too where they are called about a warning of ``kind``: else it would never ring."""
    plan = plan_in_force()
    return not plan.ladder(kind, level) or bool(plan.ladder(known.kind, known.level))


def lesser_of_same(warning: Warning) -> list[Warning]:
    """Open warnings of the same trouble there that are less grave than the newly opened ``warning``."""
    place = Place(warning.grid_id, warning.building_id, warning.home_id)
    rows = _same_there(warning.kind, place, warning.device_id).filter(
        state=Warning.State.OPEN, level__gt=warning.level, part_of=None
    )
    return list(rows.order_by("pk"))


def _same_there(kind: str, place: Place, device_id: int | None) -> QuerySet[Warning]:
    """Warnings of the rules that see the same trouble in the home, or of the device, as long as their condition holds."""
    here = Q(home=place.home_id) if place.home_id is not None else Q(home=None, device=device_id, device__isnull=False)
    rows = Warning.objects.filter(here, kind__in=same_trouble().get(kind, ()), condition_ended_at=None)
    return rows.select_for_update(of=("self",))


def maintained_until(device_id: int, now: datetime) -> datetime | None:
    """Until when somebody works on the device; for P0 too, where nobody is called but everybody sees it."""
    rows = Pause.objects.in_force(now).filter(kind=Pause.Kind.MAINTENANCE, device=device_id)
    return rows.order_by("-ends_at").values_list("ends_at", flat=True).first()


@dataclass(frozen=True)
class Found:
    """A group that has come about: what stands for it, and the open warnings that it takes the place of."""

    group: Group
    source: str
    evidence: dict[str, Any]
    members: list[Warning]


def one_cause(warning: Warning, now: datetime) -> Found | None:
    """The group to which the newly opened ``warning`` and others open at its place now belong, if there are enough."""
    fitting = [group for group in groups().values() if warning.kind in group.kinds]
    if not fitting:
        return None
    where = where_is(Place(warning.grid_id, warning.building_id, warning.home_id), warning.device_id)
    for group in fitting:
        source = _source(group, where)
        if source is None:
            continue
        rows = Warning.objects.filter(
            _inside(group, where), kind__in=group.kinds, part_of=None,
            state__in=[Warning.State.OPEN, Warning.State.ACKNOWLEDGED],
        )  # fmt: skip
        members = list(rows.select_for_update(of=("self",)).order_by("pk"))
        seen = [Member(one.source, one.building_id, one.opened_at) for one in members]
        if have_one_cause(group, seen, now):
            lately = [one for one in members if now - one.opened_at <= group.within]
            return Found(group, source, evidence_of(lately, _name(group, where)), lately)
    return None


def evidence_of(members: list[Warning], where: str) -> dict[str, Any]:
    return {
        "since": min(one.opened_at for one in members).isoformat(),
        "where": where,
        "n": len({one.home_id or one.source for one in members}),
    }


def _concerned() -> frozenset[str]:
    kinds = {*rest_while_away(), *same_trouble()}
    for outage in outages().values():
        kinds |= outage.kinds
    for group in groups().values():
        kinds |= group.kinds
    return frozenset(kinds)


def _off_until(utility: str, where: Where, settle: timedelta, now: datetime) -> datetime | None:
    inside = Q(entrance=where.entrance_id) if where.entrance_id else Q(pk__in=[])
    inside |= Q(building=where.building_id) if where.building_id else Q(pk__in=[])
    inside |= Q(estate=where.estate_id) if where.estate_id else Q(pk__in=[])
    rows = Pause.objects.filter(inside, kind=Pause.Kind.OUTAGE, utility=utility, starts_at__lte=now)
    last = rows.filter(ends_at__gt=now - settle).order_by("-ends_at").values_list("ends_at", flat=True).first()
    return last + settle if last is not None else None


def _source(group: Group, where: Where) -> str | None:
    pk = where.entrance_id if group.scope == "entrance" else where.estate_id
    return f"{group.scope}:{pk}" if pk is not None else None


def _inside(group: Group, where: Where) -> Q:
    if group.scope == "entrance":
        return Q(home__entrance=where.entrance_id) | Q(device__entrance=where.entrance_id)
    return Q(building__estate=where.estate_id)


def _name(group: Group, where: Where) -> str:
    building = Building.objects.select_related("estate").get(pk=where.building_id or 0)
    if group.scope == "estate":
        return building.estate.name
    entrance = building.entrances.get(pk=where.entrance_id or 0)
    return str(entrance)
