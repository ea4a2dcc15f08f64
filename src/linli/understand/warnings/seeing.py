"""A warning for one reader: the detector's words where the device's declaration lets them be seen, else that somebody must go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.sensing.grounds import view_zones
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.rules.places import Spot
from linli.foundation.privacy.sensing.seeing import sights
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device
from linli.understand.warnings import explaining
from linli.understand.warnings.models import Warning
from linli.understand.warnings.previewing import Spoken
from linli.understand.warnings.shipped import detector_of, shipped_rules

ABOUT_THE_DEVICE = frozenset({"battery"})
"""What a detector looks at to trust the device; it tells of nobody and is in no sentence."""
SAID_WITHIN = timedelta(hours=1)
"""With other numbers a rule says the same thing sooner or later than it did."""


@dataclass(frozen=True)
class Told:
    """``seen``: the reader may know what the device said. Else no number, no time and no kind is in it."""

    title: str
    sentence: str
    seen: bool


def told(warnings: Iterable[Warning], actor: Actor | None) -> Mapping[int, Told]:
    """By primary key; ``None`` is a screen that many share. Reads ``warning.grid``."""
    listed = list(warnings)
    seen = readings_seen(listed, actor)
    return {one.pk: _whole(one) if one.pk in seen else Told(look_in_title(one), look_in(one), False) for one in listed}


def told_to(warning: Warning, actor: Actor | None) -> Told:
    return told([warning], actor)[warning.pk]


def readings_seen(warnings: Iterable[Warning], actor: Actor | None) -> frozenset[int]:
    """Of ``warnings``, those whose reading the actor may see; two queries when some are of sensitive devices."""
    listed = list(warnings)
    asked = {one.pk for one in listed if one.evidence and _sensitive(one.kind)}
    if actor is not None and actor.system:
        asked = set()
    if not asked:
        return frozenset(one.pk for one in listed)
    if actor is None:
        return frozenset(one.pk for one in listed if one.pk not in asked)
    stands = {
        row["pk"]: _spots(row) for row in Warning.objects.filter(pk__in=asked).values("pk", "kind", "evidence", *_PLACE)
    }
    found = sights(actor, {spot for spots in stands.values() for spot, _ in spots})
    hidden = {
        pk
        for pk in asked
        if pk not in stands or not all(found[spot].shows(one) for spot, said in stands[pk] for one in said)
    }
    return frozenset(one.pk for one in listed if one.pk not in hidden)


def title(warning: Warning, seen: Iterable[int]) -> str:
    """A few words for a list; ``seen`` are those of :func:`readings_seen`."""
    hidden = warning.evidence and warning.pk not in seen and _sensitive(warning.kind)
    return look_in_title(warning) if hidden else explaining.title(warning.kind)


def look_in_title(warning: Warning) -> str:
    return _("请去这户人家看看") if warning.home_id is not None else _("请去这里看看")


def look_in(warning: Warning) -> str:
    """Who is to go, and that this is all that is said."""
    return _("请%(grid)s的人去看看。设备说了什么，只给公示上写的人看。") % {"grid": warning.grid}


def _whole(warning: Warning) -> Told:
    try:
        sentence = explaining.sentence(warning.kind, warning.evidence, zones=_zones(warning.evidence, warning.device))
    except KeyError:
        sentence = explaining.title(warning.kind)
    return Told(explaining.title(warning.kind), sentence, True)


def _zones(evidence: Mapping[str, Any], device: Device | None) -> dict[str, str]:
    """What the declarations over a camera call its zones; nothing is read where the evidence names none."""
    if device is None or not evidence.get("zone"):
        return {}
    return {zone["key"]: zone["name"] for zone in view_zones(spot_of(device))}


def _sensitive(kind: str) -> bool:
    rule = shipped_rules().get(kind)
    return rule is not None and any(is_sensitive(one) for one in rule.configured.device_types)


@dataclass(frozen=True)
class Foretold:
    """One line of a preview; ``place`` and ``sentence`` are empty for a reader to whom the declaration gives no sight.

    ``finding``: what was found where it was really said then; empty where it was not, or nobody has written it down.
    """

    at: datetime
    place: str
    sentence: str
    finding: str = ""
    true: bool = False


def foretold(key: str, spoken: Sequence[Spoken], actor: Actor) -> list[Foretold]:
    """What a rule would have said, with where and why only for whoever may see what the device there says."""
    spots = {device.pk: spot_of(device) for one in spoken for device in one.devices}
    found = sights(actor, set(spots.values()))
    told = []
    ended = _found_then(key, {one.device.pk for one in spoken})
    for one in spoken:
        finding = next((what for at, what in ended[one.device.pk] if abs(at - one.at) < SAID_WITHIN), "")
        ended_as = str(Warning.Finding(finding).label) if finding else "", finding == Warning.Finding.TRUE
        seen = all(
            found[spots[device.pk]].shows(metric) for device in one.devices for metric in _metrics(key, device.type)
        )
        place = str(one.device.home or one.device.facility or one.device.building)
        told.append(
            Foretold(
                one.at,
                place,
                explaining.sentence(key, dict(one.evidence), zones=_zones(one.evidence, one.device)),
                *ended_as,
            )
            if seen
            else Foretold(one.at, "", "", *ended_as)
        )
    return told


def _found_then(kind: str, devices: set[int]) -> dict[int, list[tuple[datetime, str]]]:
    """By device, when warnings of the kind were raised and what was found."""
    ended: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    rows = Warning.objects.filter(kind=kind, device__in=devices).exclude(finding="")
    for device, at, finding in rows.values_list("device_id", "opened_at", "finding"):
        ended[device].append((at, finding))
    return ended


@cache
def _metrics(kind: str, device_type: str) -> frozenset[str]:
    """What the rule hears of such a device; everything that it says where the rule names no metric of its own."""
    said = frozenset(CATALOGUE[device_type].metrics)
    return ((detector_of(shipped_rules()[kind].configured).metrics or said) & said) - ABOUT_THE_DEVICE


_PLACE = (
    "home_id", "facility_id", "building_id", "home__entrance_id", "home__entrance__building_id",
    "home__entrance__building__estate_id", "building__estate_id", "device__entrance_id",
)  # fmt: skip


def _spots(row: Mapping[str, Any]) -> list[tuple[Spot, frozenset[str]]]:
    """Where the devices stand, each with the metrics that the warning speaks of.

    A rule that hears several types spoke of those of which it had heard: they are named by their metrics in its evidence.
    """
    said = {one: _metrics(row["kind"], one) for one in shipped_rules()[row["kind"]].configured.device_types}
    heard = row["evidence"].get("heard")
    return [(_spot(one, row), all_) for one, all_ in said.items() if heard is None or not all_.isdisjoint(heard)]


def _spot(device_type: str, row: Mapping[str, Any]) -> Spot:
    return Spot(
        device_type,
        row["home_id"],
        row["facility_id"],
        row["home__entrance_id"] or row["device__entrance_id"],
        row["home__entrance__building_id"] or row["building_id"],
        row["home__entrance__building__estate_id"] or row["building__estate_id"],
    )
