"""The devices that hang in a home, and under which agreements they are read now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linli.foundation.privacy.consents.standing import agreed_purposes, purposes_by_device
from linli.foundation.privacy.sensing.grounds import grounds_of
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.models import Device


@dataclass(frozen=True)
class AtHome:
    """``read_for`` are the keys of the purposes under which it is read now; empty while it is not."""

    device: Device
    read_for: frozenset[str]


def at_home(home_id: int | None) -> list[AtHome]:
    """Of every device in the home that is not out of use, by kind and age; five queries however many there are."""
    if home_id is None:
        return []
    devices = list(
        Device.objects.filter(home=home_id, revoked_at=None).select_related("building").order_by("type", "pk")
    )
    read_for = purposes_read(devices)
    return [AtHome(device, read_for[device.pk]) for device in devices]


def purposes_read(devices: Sequence[Device]) -> Mapping[int, frozenset[str]]:
    """By primary key, the purposes under which each of these devices in homes is read now; reads ``device.building``. As many
    queries for a thousand as for one."""
    if not devices:
        return {}
    spots = {device.pk: spot_of(device) for device in devices}
    grounds = grounds_of([spot for spot in spots.values() if is_sensitive(spot.type)])
    homes = {device.home_id for device in devices if device.home_id is not None}
    agreed, sensing = agreed_purposes(homes), purposes_by_device()
    found = {}
    for device in devices:
        ground = grounds.get(spots[device.pk])
        purposes = sensing.get(device.type, frozenset()) & agreed.get(device.home_id or 0, frozenset())
        if is_sensitive(device.type):
            purposes = purposes & ground.purposes if ground is not None else frozenset()
        found[device.pk] = purposes
    return found
