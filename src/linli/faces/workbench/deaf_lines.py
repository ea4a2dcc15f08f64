"""Devices about danger that nobody hears now, as everybody's day tells them: which one, to who sees it; else its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linli.foundation.accounts.actor import Actor
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.understand.warnings.worked_on import deaf_devices


@dataclass(frozen=True)
class DeafLine:
    """``until`` is the end of the work on it; none: it was worked on and does not work."""

    where: str
    until: datetime | None


def deaf_lines(actor: Actor) -> list[DeafLine]:
    """Of the whole community; two queries, one where there is none."""
    found = deaf_devices()
    if not found:
        return []
    seen = set(
        Device.objects.visible_to(actor)
        .filter(pk__in=[one.pause.device_id for one in found])
        .values_list("pk", flat=True)
    )
    lines = []
    for one in found:
        device = one.pause.device
        assert device is not None
        lines.append(DeafLine(str(device) if device.pk in seen else str(CATALOGUE[device.type].label), one.until))
    return lines
