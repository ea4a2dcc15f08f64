"""Which metrics may be open to everybody. Pure.

What is not named here is closed: a new metric tells of people until somebody has thought about it. Open is what tells of
air, water, light, noise and machines; closed is what moves when one person does (a lift's floor and doors, the power of one
charging post, counts of people: those leave by releases only, ``docs/published-numbers.md``), whatever the kind of device.

Definitions are the concepts of QUDT 2.1, where it has one; the shape of an ObservedProperty is OGC 18-088 §8.2.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

QUDT = "http://qudt.org/vocab/quantitykind/"
_OWN = "urn:linli:property:"


@dataclass(frozen=True)
class ObservedProperty:
    """``key`` identifies it wherever it is measured; ``definition`` is a URI."""

    key: str
    definition: str


def _everywhere(definitions: Mapping[str, str]) -> dict[str, ObservedProperty]:
    return {key: ObservedProperty(key, definition) for key, definition in definitions.items()}


def _of(device_type: str, metrics: Iterable[str]) -> dict[str, ObservedProperty]:
    return {key: ObservedProperty(f"{device_type}.{key}", f"{_OWN}{device_type}.{key}") for key in metrics}


SURROUNDINGS: Mapping[str, ObservedProperty] = _everywhere(
    {
        "temperature": f"{QUDT}Temperature",
        "humidity": f"{QUDT}RelativeHumidity",
        "pressure": f"{QUDT}Pressure",
        "pm25": f"{_OWN}pm25",
        "pm10": f"{_OWN}pm10",
        "co2": f"{_OWN}co2",
    }
)
"""What is measured of the surroundings is one property, whichever of :data:`OF_SURROUNDINGS` measures it."""
OF_SURROUNDINGS = frozenset({"climate", "air", "pipe_pressure"})

OF_TYPE: Mapping[str, Mapping[str, ObservedProperty]] = {
    "lift": _of(
        "lift",
        ("service_mode", "faults", "vibration", "level_offset", "relevels", "mains", "fire_mode", "machine_temperature",
         "pit_water"),
    ),
    "street_lamp": _of("street_lamp", ("lit", "fault", "brightness", "power")),
    "water_leak": _of("water_leak", ("wet",)),
    "noise": {
        "level": ObservedProperty("noise.level", f"{QUDT}SoundPressureLevel"),
        "peak": ObservedProperty("noise.peak", f"{QUDT}SoundPressureLevel"),
    },
}  # fmt: skip
"""Said of machines that everybody uses, and of noise. Not of a charging post: its warmth tells that somebody charges."""


def open_metrics(
    device_type: str, metrics: Iterable[str], *, sensitive: bool, in_a_home: bool
) -> dict[str, ObservedProperty]:
    """The metrics, of those the type declares, that may be open, with what they observe.

    None of a ``sensitive`` kind, none of a device ``in_a_home``.
    """
    if sensitive or in_a_home:
        return {}
    known = SURROUNDINGS if device_type in OF_SURROUNDINGS else OF_TYPE.get(device_type, {})
    return {metric: known[metric] for metric in metrics if metric in known}
