"""Who looked at what a device in a home said: written down for everybody who lives there."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.door import saw_readings
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.at_home import at_home
from linli.sense.telemetry.models import Device


def note_look(device: Device, actor: Actor) -> None:
    """After the actor was shown readings of a device; nothing for one in a shared place, or that is not read now."""
    read_for = next((one.read_for for one in at_home(device.home_id) if one.device.pk == device.pk), frozenset())
    if read_for:
        residents = Resident.objects.filter(home=device.home_id, left_on=None)
        saw_readings(list(residents), min(read_for), about=f"device:{device.pk}", actor=actor)
