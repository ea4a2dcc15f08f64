"""Open sensors as NGSI-LD entities of the Smart Data Models (smartdatamodels.org). Pure.

NGSI-LD: ETSI GS CIM 009 V1.8.1 §4.5 (normalized and simplified form). Models and their attributes: Smart Data Models, subjects
Environment, Weather, Streetlighting and Device. Units: UN/CEFACT recommendation 20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_SUBJECTS = "https://raw.githubusercontent.com/smart-data-models/dataModel.{}/master/context.jsonld"

CEFACT: Mapping[str, str] = {
    "Cel": "CEL", "%": "P1", "ug/m3": "GQ", "mg/m3": "GP", "m/s": "MTS", "m/s2": "MSK", "mm": "MMT", "m": "MTR",
    "Pa": "PAL", "hPa": "A97", "kPa": "KPA", "MPa": "MPA", "lx": "LUX", "m3/h": "MQH", "L/min": "L2", "m3": "MTQ",
    "dB": "2N", "dB(A)": "2N", "W": "WTT", "kWh": "KWH", "[ppm]": "59", "ppm": "59", "[ppb]": "61", "ppb": "61",
}  # fmt: skip
"""Code of each unit that the catalogue writes; a unit without one is left out."""


@dataclass(frozen=True)
class Attribute:
    """Where a metric goes: the model and its attribute; ``scale`` makes the model's number of ours."""

    model: str
    name: str
    scale: float = 1.0


SUBJECT: Mapping[str, str] = {
    "AirQualityObserved": "Environment", "NoiseLevelObserved": "Environment",
    "WeatherObserved": "Weather", "Streetlight": "Streetlighting", "Device": "Device", "DeviceMeasurement": "Device",
}  # fmt: skip
LAMPS = frozenset({"street_lamp"})

_CLIMATE = {
    "temperature": Attribute("WeatherObserved", "temperature"),
    "humidity": Attribute("WeatherObserved", "relativeHumidity", 0.01),
}
ATTRIBUTES: Mapping[str, Mapping[str, Attribute]] = {
    "climate": _CLIMATE,
    "air": {
        **_CLIMATE,
        "pm25": Attribute("AirQualityObserved", "pm25"),
        "pm10": Attribute("AirQualityObserved", "pm10"),
        "co2": Attribute("AirQualityObserved", "co2"),
    },
    "noise": {"level": Attribute("NoiseLevelObserved", "LAeq"), "peak": Attribute("NoiseLevelObserved", "LAmax")},
}
"""Where each metric of a type of device goes; every other one is a DeviceMeasurement."""
CONTROLLED: Mapping[str, Mapping[str, str]] = {
    "climate": {"temperature": "temperature", "humidity": "humidity"},
    "air": {"temperature": "temperature", "humidity": "humidity",
            **dict.fromkeys(("pm25", "pm10", "co2"), "airPollution")},
    "noise": {"level": "noiseLevel", "peak": "noiseLevel"},
    "pipe_pressure": {"pressure": "pressure"},
    "street_lamp": {"lit": "light", "brightness": "light", "power": "power"},
}  # fmt: skip
"""The model Device's own words for what is sensed."""


@dataclass(frozen=True)
class Value:
    metric: str
    unit: str
    value: float
    time: datetime


@dataclass(frozen=True)
class Source:
    """One open device: ``at`` is (longitude, latitude) in degrees, or ``None``."""

    code: str
    type: str
    name: str
    place: str
    at: tuple[float, float] | None
    values: Sequence[Value]
    metrics: Sequence[str]


def entities_of(source: Source) -> list[dict[str, Any]]:
    """The device and what it observed last, normalized, each with its ``@context``.

    Models that ask for a location are left for DeviceMeasurement where the place is not on the map.
    """
    entities = []
    if _controlled(source):
        entities.append(_device(source))
    lamp = _lamp(source)
    if lamp is not None:
        entities.append(lamp)
    observed: dict[str, list[tuple[Attribute, Value]]] = {}
    for value in source.values:
        attribute = _attribute_of(source, value.metric)
        if attribute is None:
            entities.append(_measurement(source, value))
        else:
            observed.setdefault(attribute.model, []).append((attribute, value))
    entities += [_observed(source, model, values) for model, values in observed.items()]
    return entities


def simplified(entity: Mapping[str, Any]) -> dict[str, Any]:
    """The same as key and value (``options=keyValues``)."""
    return {name: _simple(value) for name, value in entity.items()}


def _simple(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    plain = value.get("object") if value.get("type") == "Relationship" else value.get("value", value)
    return plain["@value"] if isinstance(plain, dict) and "@value" in plain else plain


def _attribute_of(source: Source, metric: str) -> Attribute | None:
    return ATTRIBUTES.get(source.type, {}).get(metric) if source.at is not None else None


def _device(source: Source) -> dict[str, Any]:
    entity = _entity(source, "Device", source.code) | {
        "category": _property(["sensor"]),
        "controlledProperty": _property(_controlled(source)),
    }
    if source.values:
        newest = max(value.time for value in source.values)
        said = ";".join(f"{value.metric}={value.value:g}" for value in source.values)
        entity |= {"dateLastValueReported": _property(_time(newest)), "value": _property(said)}
    return entity


def _controlled(source: Source) -> list[str]:
    words = CONTROLLED.get(source.type, {})
    return list(dict.fromkeys(words[metric] for metric in source.metrics if metric in words))


def _lamp(source: Source) -> dict[str, Any] | None:
    """A lamp on the map that says whether it works: the model asks for both."""
    said = {value.metric: value for value in source.values}
    fault = said.get("fault")
    if source.type not in LAMPS or source.at is None or fault is None:
        return None
    entity = _entity(source, "Streetlight", source.code) | _ref(source, several=True)
    entity["status"] = _property("defectiveLamp" if fault.value >= 0.5 else "ok") | {"observedAt": _iso(fault.time)}
    lit = said.get("lit")
    if lit is not None:
        entity["powerState"] = _property("on" if lit.value >= 0.5 else "off") | {"observedAt": _iso(lit.time)}
    return entity


def _measurement(source: Source, value: Value) -> dict[str, Any]:
    entity = _entity(source, "DeviceMeasurement", f"{source.code}:{value.metric}") | _ref(source)
    entity |= {
        "measurementType": _property(value.metric),
        "numValue": _number(value, value.value),
        "dateObserved": _property(_time(value.time)),
    }
    if value.unit in CEFACT:
        entity["unit"] = _property(CEFACT[value.unit])
    return entity


def _observed(source: Source, model: str, values: Sequence[tuple[Attribute, Value]]) -> dict[str, Any]:
    newest = max(value.time for _attribute, value in values)
    entity = _entity(source, model, source.code) | _ref(source) | {"dateObserved": _property(_time(newest))}
    if model == "NoiseLevelObserved":
        entity |= {"dateObservedFrom": _property(_time(newest)), "dateObservedTo": _property(_time(newest))}
    for attribute, value in values:
        entity[attribute.name] = _number(value, value.value * attribute.scale, scaled=attribute.scale != 1)
    return entity


def _entity(source: Source, model: str, name: str) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "id": f"urn:ngsi-ld:{model}:{name}",
        "type": model,
        "@context": [_SUBJECTS.format(SUBJECT[model]), CORE_CONTEXT],
        "name": _property(source.name),
        "areaServed": _property(source.place),
    }
    if source.at is not None:
        entity["location"] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(source.at)}}
    return entity


def _ref(source: Source, *, several: bool = False) -> dict[str, Any]:
    """What names the device, where the model Device has a word for what it senses: else no such entity is there."""
    if not _controlled(source):
        return {}
    device = f"urn:ngsi-ld:Device:{source.code}"
    return {"refDevice": {"type": "Relationship", "object": [device] if several else device}}


def _number(value: Value, number: float, *, scaled: bool = False) -> dict[str, Any]:
    made = _property(round(number, 6)) | {"observedAt": _iso(value.time)}
    if value.unit in CEFACT and not scaled:
        made["unitCode"] = CEFACT[value.unit]
    return made


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


def _time(moment: datetime) -> dict[str, str]:
    return {"@type": "DateTime", "@value": _iso(moment)}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
