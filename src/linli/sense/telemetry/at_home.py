"""The devices that hang in a home, and under which agreements they are read now."""

from __future__ import annotations

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
    if not devices:
        return []
    spots = {device.pk: spot_of(device) for device in devices}
    grounds = grounds_of([spot for spot in spots.values() if is_sensitive(spot.type)])
    agreed, sensing = agreed_purposes(home_id), purposes_by_device()
    found = []
    for device in devices:
        ground = grounds.get(spots[device.pk])
        purposes = sensing.get(device.type, frozenset()) & agreed
        if is_sensitive(device.type):
            purposes = purposes & ground.purposes if ground is not None else frozenset()
        found.append(AtHome(device, purposes))
    return found
