"""Which devices speak, which are awaited and which have fallen silent: one answer for every page, count and report.

Asked are devices in use that may be heard (:func:`queries.heard`) and must speak by themselves. One speaks while its newest
message is at most three of its type's cadences old; one that never spoke is awaited for as long after it was enrolled;
all others are silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.sense.telemetry.device_types import BATTERY_LOW, CATALOGUE
from linli.sense.telemetry.health import SILENT_AFTER_CADENCES
from linli.sense.telemetry.models import Device, LastValue
from linli.sense.telemetry.queries import heard, heard_until

WATCHED = tuple(key for key, kind in CATALOGUE.items() if not (kind.gateway or kind.any_past))
"""Device types that must speak by themselves: a gateway carries others' messages, a replayed series has no pace."""


class Standing(Enum):
    SPEAKS = "speaks"
    AWAITED = "awaited"
    SILENT = "silent"


@dataclass(frozen=True)
class TypeHealth:
    """Devices of one type: how many there are, how many speak, how many new ones are still awaited, and how many are about
    to fall silent."""

    type: str
    label: Promise
    total: int
    speaking: int
    awaited: int
    battery_low: int
    newest_at: datetime | None

    @property
    def silent(self) -> int:
        return self.total - self.speaking - self.awaited


def asked() -> QuerySet[Device]:
    """The devices of the community in scope that anybody expects to hear."""
    return Device.objects.filter(heard(), revoked_at__isnull=True, type__in=WATCHED)


def speaks(now: datetime | None = None) -> Q:
    return _within_cadences("last_seen_at", now)


def awaited(now: datetime | None = None) -> Q:
    return Q(last_seen_at=None) & _within_cadences("enrolled_at", now)


def is_silent(now: datetime | None = None) -> Q:
    """Of those :func:`asked`, the ones that neither speak nor are awaited."""
    silent, until = Q(), heard_until(now or clock.now())
    for key in WATCHED:
        since = _since(key, until)
        silent |= Q(type=key) & (Q(last_seen_at__lt=since) | Q(last_seen_at=None, enrolled_at__lt=since))
    return silent


def standing_of(device_type: str, seen: datetime | None, enrolled: datetime, until: datetime) -> Standing:
    """The same of one device of which these moments are known, as of ``until`` (:func:`queries.heard_until`)."""
    since = _since(device_type, until)
    if seen is not None:
        return Standing.SPEAKS if seen >= since else Standing.SILENT
    return Standing.AWAITED if enrolled >= since else Standing.SILENT


def sensing_health(actor: Actor) -> list[TypeHealth]:
    """Each type in use among the devices that the actor may see, in the catalogue's order."""
    return health_of(asked().filter(pk__in=Subquery(Device.objects.visible_to(actor).values("pk"))))


def health_of(devices: QuerySet[Device], now: datetime | None = None) -> list[TypeHealth]:
    """Of devices :func:`asked`, each type that there is; one query."""
    weak = LastValue.objects.filter(device=OuterRef("pk"), metric="battery", value__lt=BATTERY_LOW)
    rows = devices.values("type").annotate(
        total=Count("pk"),
        speaking=Count("pk", filter=speaks(now)),
        awaited=Count("pk", filter=awaited(now)),
        battery_low=Count("pk", filter=Q(Exists(weak))),
        newest_at=Max("last_seen_at"),
    )
    found = {row["type"]: row for row in rows.order_by()}
    return [TypeHealth(label=CATALOGUE[key].label, **found[key]) for key in WATCHED if key in found]


def silent_devices(actor: Actor, *, type_key: str | None = None) -> QuerySet[Device]:
    """The devices behind "silent", longest silent first."""
    rows = Device.objects.visible_to(actor)
    if type_key:
        rows = rows.filter(type=type_key)
    return silent_of(rows).order_by(F("last_seen_at").asc(nulls_first=True), "code")


def silent_among(pks: Iterable[int]) -> frozenset[int]:
    """Those of the devices with these keys that are silent."""
    return frozenset(silent_of(Device.objects.filter(pk__in=list(pks))).values_list("pk", flat=True))


def silent_of(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Those of ``devices`` that are silent. Who may be heard is asked only of the types of which some have fallen quiet."""
    quiet = devices.filter(is_silent(), revoked_at__isnull=True)
    types = set(quiet.order_by().values_list("type", flat=True).distinct())
    return quiet.filter(heard(types)) if types else quiet.none()


def _within_cadences(field: str, now: datetime | None) -> Q:
    lately, until = Q(), heard_until(now or clock.now())
    for key in WATCHED:
        lately |= Q(**{"type": key, f"{field}__gte": _since(key, until)})
    return lately


def _since(device_type: str, until: datetime) -> datetime:
    return until - SILENT_AFTER_CADENCES * CATALOGUE[device_type].cadence
