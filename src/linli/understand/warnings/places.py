"""Where a device stands, in the terms of the registry."""

from __future__ import annotations

from dataclasses import dataclass

from linli.sense.telemetry.models import Device


@dataclass(frozen=True)
class Place:
    """Primary keys; the grid says whose work it is."""

    grid_id: int
    building_id: int | None = None
    home_id: int | None = None
    facility_id: int | None = None


def devices_with_places(ids: set[int]) -> dict[int, Device]:
    """Devices in force, by id, with all that :func:`place_of` reads."""
    rows = Device.objects.filter(pk__in=ids, revoked_at__isnull=True)
    return rows.select_related("home__entrance__building", "entrance__building", "building", "facility").in_bulk()


def place_of(device: Device) -> Place | None:
    """None for a device that was enrolled without a place: nobody could be sent."""
    building = device.building
    if device.home is not None:
        building = device.home.entrance.building
    elif device.entrance is not None:
        building = device.entrance.building
    building_id = building.pk if building else None
    facility = device.facility
    if facility is not None:
        return Place(facility.grid_id, facility.building_id or building_id, device.home_id, facility.pk)
    if building is None:
        return None
    return Place(building.grid_id, building.pk, device.home_id)
