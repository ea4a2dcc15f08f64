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
        "flow": f"{QUDT}VolumeFlowRate",
        "level": f"{QUDT}Length",
        "illuminance": f"{QUDT}Illuminance",
        "noise": f"{QUDT}SoundPressureLevel",
        "laeq": f"{QUDT}SoundPressureLevel",
        "lamax": f"{QUDT}SoundPressureLevel",
        "pm25": f"{_OWN}pm25",
        "pm10": f"{_OWN}pm10",
        "aqi": f"{_OWN}aqi",
        "co2": f"{_OWN}co2",
        "co": f"{_OWN}co",
        "no2": f"{_OWN}no2",
        "o3": f"{_OWN}o3",
        "so2": f"{_OWN}so2",
        "tvoc": f"{_OWN}tvoc",
        "rain": f"{_OWN}rain",
        "wind_speed": f"{QUDT}Speed",
    }
)
"""Measured of the surroundings by a device of any kind that tells of no person."""

OF_TYPE: Mapping[str, Mapping[str, ObservedProperty]] = {
    "lift": _of("lift", ("service_mode", "faults", "vibration", "level_offset", "relevels")),
    "street_lamp": _of("street_lamp", ("lit", "on", "fault", "brightness", "power", "energy")),
    "lamp": _of("lamp", ("lit", "on", "fault", "brightness", "power", "energy")),
    "water_leak": _of("water_leak", ("leak", "wet")),
}
"""Said of a machine that everybody uses; ``on`` of a street lamp is open, ``on`` of anything else is not."""


def open_metrics(
    device_type: str, metrics: Iterable[str], *, sensitive: bool, in_a_home: bool
) -> dict[str, ObservedProperty]:
    """The metrics, of those the type declares, that may be open, with what they observe.

    None of a ``sensitive`` kind, none of a device ``in_a_home``.
    """
    if sensitive or in_a_home:
        return {}
    own = OF_TYPE.get(device_type, {})
    found = {metric: own.get(metric) or SURROUNDINGS.get(metric) for metric in metrics}
    return {metric: one for metric, one in found.items() if one is not None}
