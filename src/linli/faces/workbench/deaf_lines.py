"""Devices about danger that nobody hears now, as everybody's day tells them: which one, to who sees it; else its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linli.foundation.accounts.actor import Actor
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.understand.warnings.worked_on import deaf_devices


@dataclass(frozen=True)
class DeafLines:
    """``worked_on``: what tells of a danger and nobody is called, with the end of the work; ``broken``: what was worked on, does
    not work and tells of nothing."""

    worked_on: list[tuple[str, datetime]]
    broken: list[str]


def deaf_lines(actor: Actor) -> DeafLines:
    """Of the whole community; two queries, one where there is none."""
    found = deaf_devices()
    if not found:
        return DeafLines([], [])
    seen = set(
        Device.objects.visible_to(actor).filter(pk__in=[one.device.pk for one in found]).values_list("pk", flat=True)
    )
    lines = DeafLines([], [])
    for one in found:
        where = str(one.device) if one.device.pk in seen else str(CATALOGUE[one.device.type].label)
        if one.until is not None:
            lines.worked_on.append((where, one.until))
        else:
            lines.broken.append(where)
    return lines
