"""Reading what is open: which devices, where they stand, what they measured last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.open_sensors.models import OpenSensor, State
from linli.sense.open_sensors.rules.earth import degrees_of, middle
from linli.sense.open_sensors.rules.openness import ObservedProperty, open_metrics
from linli.sense.telemetry.device_types import CATALOGUE, DeviceType, Metric
from linli.sense.telemetry.models import Device, LastValue


@dataclass(frozen=True)
class Place:
    """Where a sensor stands. ``at`` is (longitude, latitude) in degrees, ``None`` where the map has no origin."""

    key: str
    name: str
    at: tuple[float, float] | None


@dataclass(frozen=True)
class Sensor:
    """An open device. ``since``: only what it measured from then on is open. ``observes``: open metrics by key."""

    device: Device
    type: DeviceType
    place: Place
    since: datetime
    observes: Mapping[str, ObservedProperty]

    @property
    def name(self) -> str:
        return self.device.name or f"{self.type.label} {self.device.code}"


@dataclass(frozen=True)
class Told:
    """The newest open value of one metric."""

    metric: Metric
    time: datetime
    value: float


def observes(device: Device) -> dict[str, ObservedProperty]:
    """The metrics of this device that may be open."""
    device_type = CATALOGUE.get(device.type)
    if device_type is None or device_type.any_past or device_type.gateway:
        return {}
    return open_metrics(
        device.type, device_type.metrics, sensitive=is_sensitive(device.type), in_a_home=device.home_id is not None
    )


def opens(device: Device) -> bool:
    """Whether it may be opened: it tells of no person, and stands in no home."""
    return bool(observes(device))


def stands_where_it_was(row: OpenSensor) -> bool:
    device = row.device
    return (device.facility_id, device.entrance_id, device.building_id) == (
        row.facility_id, row.entrance_id, row.building_id,
    )  # fmt: skip


def open_sensors(community: Community) -> list[Sensor]:
    """Every device of the community that is open now, by code. Two queries, whoever asks."""
    with community_scope(community):
        rows = list(
            OpenSensor.objects.filter(state=State.OPEN, device__home=None)
            .select_related("device__facility", "device__entrance__building__estate", "device__building__estate")
            .order_by("device__code")
        )
    found = []
    for row in rows:
        seen = observes(row.device)
        if seen and row.decided_at is not None and stands_where_it_was(row):
            found.append(
                Sensor(row.device, CATALOGUE[row.device.type], _place(row.device, community), row.decided_at, seen)
            )
    return found


def newest_values(sensors: Sequence[Sensor]) -> dict[int, list[Told]]:
    """The newest open values by device, in the order in which the type declares them; nothing from before it was opened."""
    by_device = {sensor.device.pk: sensor for sensor in sensors}
    told: dict[int, list[Told]] = {}
    for last in LastValue.objects.filter(device__in=list(by_device)):
        sensor = by_device[last.device_id]
        if last.metric in sensor.observes and last.time >= sensor.since:
            told.setdefault(last.device_id, []).append(Told(sensor.type.metrics[last.metric], last.time, last.value))
    for pk, values in told.items():
        told[pk] = [one for key in by_device[pk].type.metrics for one in values if one.metric.key == key]
    return told


def candidates(actor: Actor) -> list[Device]:
    """Devices that may be opened and are not, nor are about to be, by code."""
    standing = OpenSensor.objects.standing().values("device")
    rows = Device.objects.visible_to(actor).filter(revoked_at=None, home=None, type__in=_types_that_open())
    return list(rows.exclude(pk__in=standing).select_related("facility", "building__estate").order_by("code"))


def openings(actor: Actor, *states: State):
    """Rows in these states, newest first, with who proposed and decided."""
    rows = OpenSensor.objects.visible_to(actor).filter(state__in=states)
    return rows.select_related(
        "device__facility", "device__building__estate", "proposed_by", "decided_by"
    ).order_by("-proposed_at", "-pk")  # fmt: skip


def communities_that_open() -> list[Community]:
    """Communities with at least one open sensor, by name."""
    return list(
        Community.objects.filter(
            pk__in=OpenSensor._base_manager.filter(Q(state=State.OPEN)).values("community_id")
        ).order_by("name", "pk")
    )


def _types_that_open() -> list[str]:
    return [
        key
        for key, one in CATALOGUE.items()
        if not (one.any_past or one.gateway)
        and open_metrics(key, one.metrics, sensitive=is_sensitive(key), in_a_home=False)
    ]


def _place(device: Device, community: Community) -> Place:
    facility, entrance, building = device.facility, device.entrance, device.building
    if facility is not None:
        return Place(f"facility-{facility.pk}", facility.name, _at(community, (facility.x, facility.y)))
    if building is None:
        return Place(f"community-{community.code}", community.name, _at(community, (0.0, 0.0)))
    at = _at(community, middle(building.footprint["coordinates"][0]))
    name = _("%(estate)s %(building)s 幢") % {"estate": building.estate.name, "building": building.number}
    if entrance is not None:
        name = _("%(building)s %(entrance)s 单元") % {"building": name, "entrance": entrance.number}
        return Place(f"entrance-{entrance.pk}", name, at)
    return Place(f"building-{building.pk}", name, at)


def _at(community: Community, point: tuple[float, float]) -> tuple[float, float] | None:
    if community.origin_latitude is None or community.origin_longitude is None:
        return None
    return degrees_of(community.origin_latitude, community.origin_longitude, *point)
