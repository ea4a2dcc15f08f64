"""Who looked at what a device in a home said: written down for everybody who lives there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.door import saw_readings
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.at_home import purposes_read
from linli.sense.telemetry.models import Device


def note_look(device: Device, actor: Actor) -> None:
    """After the actor was shown readings of a device; nothing for one in a shared place, or that is not read now."""
    note_looks([device], actor)


def note_looks(devices: Iterable[Device], actor: Actor) -> None:
    """The same of a whole list; reads ``device.building``. As many queries for a thousand as for one."""
    at_home = [device for device in devices if device.home_id is not None and device.revoked_at is None]
    read_for = purposes_read(at_home)
    read = [device for device in at_home if read_for[device.pk]]
    if not read:
        return
    living: dict[int | None, list[Resident]] = defaultdict(list)
    for one in Resident.objects.filter(home__in={device.home_id for device in read}, left_on=None):
        living[one.home_id].append(one)
    saw_readings(
        [
            (resident, min(read_for[device.pk]), f"device:{device.pk}")
            for device in read
            for resident in living[device.home_id]
        ],
        actor=actor,
    )
