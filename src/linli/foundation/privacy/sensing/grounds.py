"""Whether a declaration in force, weighed by an assessment that stands, covers a device where it stands.

Asked each time and cached nowhere, so that a withdrawal works at the next message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q

from linli.foundation.privacy.sensing.kinds import is_sensitive, kinds
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.foundation.privacy.sensing.rules.places import NEAREST_FIRST, Spot, Where, covers
from linli.foundation.registry.models import Home
from linli.foundation.tenancy import every_community


@dataclass(frozen=True)
class Ground:
    """What may be kept of a device: ``metrics`` that are declared, for ``purposes``; of one with an eye, the zones in
    which it may count. What one declaration masks no other opens."""

    metrics: frozenset[str]
    purposes: frozenset[str]
    counted: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()


def grounds_of(spots: Collection[Spot]) -> dict[Spot, Ground]:
    """The ground of each spot that has one, in the community in scope; for sensitive kinds only. One query."""
    types = {spot.type for spot in spots}
    declared: dict[str, list[tuple[Where, Declaration]]] = {}
    columns = ("type", "inside_homes", *NEAREST_FIRST, "stored", "purpose", "zones")
    for one in Declaration.objects.grounding().filter(type__in=types).only(*columns):
        declared.setdefault(one.type, []).append((one.where, one))
    found: dict[Spot, Ground] = {}
    made: dict[tuple[int, ...], Ground] = {}
    for spot in spots:
        over = [one for where, one in declared.get(spot.type, ()) if covers(where, spot)]
        if over:
            together = tuple(one.pk for one in over)
            if together not in made:
                made[together] = _ground(over)
            found[spot] = made[together]
    return found


def _ground(over: list[Declaration]) -> Ground:
    masked = frozenset(zone["key"] for one in over for zone in one.zones if zone["masked"])
    counted = frozenset(zone["key"] for one in over for zone in one.zones if not zone["masked"])
    return Ground(
        metrics=frozenset(metric for one in over for metric in one.stored),
        purposes=frozenset(one.purpose for one in over),
        counted=counted - masked,
        masked=masked,
    )


def view_zones(spot: Spot) -> list[dict]:
    """The zones over a device with an eye (``key``, ``name``, ``corners``, ``masked``), each key once, masks first."""
    over = [one for one in Declaration.objects.grounding().filter(type=spot.type) if covers(one.where, spot)]
    zones = sorted((zone for one in over for zone in one.zones), key=lambda zone: not zone["masked"])
    return list({zone["key"]: zone for zone in reversed(zones)}.values())[::-1]


def last_ending() -> tuple:
    """Changes whenever, in any community, a declaration or an assessment stops to hold: cheap enough to ask each second."""
    with every_community("a device is cut off whichever community took its declaration down"):
        declared = Declaration.objects.aggregate(at=Max("ended_at"), n=Count("ended_at"))
        weighed = Assessment.objects.aggregate(at=Max("ended_at"), n=Count("ended_at"))
    return (*declared.values(), *weighed.values())


def declared_homes(purpose: str, senses: Iterable[str], home_ids: Collection[int]) -> frozenset[int]:
    """Of ``home_ids``, those in which a sensitive kind among ``senses`` is declared for ``purpose``.

    A purpose that senses with nothing sensitive (a smoke alarm) needs no declaration.
    """
    sensitive = [one for one in senses if is_sensitive(one)]
    if not sensitive:
        return frozenset(home_ids)
    rows = Home.objects.filter(pk__in=home_ids).filter(_declared_inside(purpose, sensitive, ""))
    return frozenset(rows.values_list("pk", flat=True))


def declared_inside(purpose: str, senses: Iterable[str], *, home: str) -> Q:
    """The same as a condition on rows whose column ``home`` names a home."""
    sensitive = [one for one in senses if is_sensitive(one)]
    return _declared_inside(purpose, sensitive, f"{home.removesuffix('_id')}__") if sensitive else Q()


def _declared_inside(purpose: str, types: list[str], path: str) -> Q:
    here = (
        Q(home=None, facility=None, entrance=None, building=None, estate=None)
        | Q(home=OuterRef(f"{path}pk"))
        | Q(entrance=OuterRef(f"{path}entrance"))
        | Q(building=OuterRef(f"{path}entrance__building"))
        | Q(estate=OuterRef(f"{path}entrance__building__estate"))
    )
    declared = Declaration.objects.grounding().filter(inside_homes=True, purpose=purpose, type__in=types)
    return Q(Exists(declared.filter(here)))


def declared_outside() -> Q:
    """Devices in no home that may speak: of no sensitive kind, or declared where they stand.

    A condition on rows with ``type``, ``facility``, ``entrance``, ``building`` and ``home``.
    """
    here = (
        Q(home=None, facility=None, entrance=None, building=None, estate=None)
        | Q(facility=OuterRef("facility"))
        | Q(entrance=OuterRef("entrance"))
        | Q(building=OuterRef("building"))
        | Q(estate=OuterRef("building__estate"))
    )
    declared = Declaration.objects.grounding().filter(inside_homes=False, type=OuterRef("type"))
    return ~Q(type__in=[one.key for one in kinds()]) | Q(Exists(declared.filter(here)))
