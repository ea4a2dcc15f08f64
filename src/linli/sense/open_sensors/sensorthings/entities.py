"""The entities of a community's open sensors, as OGC 18-088 §8.2 defines them, and how they lead to each other.

All but observations are made from the rows of :func:`open_sensors` and held in memory for one request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.registry.models import Community
from linli.sense.open_sensors.queries import Place, Sensor
from linli.sense.open_sensors.rules.openness import ObservedProperty
from linli.sense.telemetry.device_types import DeviceType, Metric

GEOJSON = "application/geo+json"
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
UCUM = "http://unitsofmeasure.org/ucum.html"

OBSERVATIONS = "Observations"


@dataclass(frozen=True)
class Kind:
    """``one`` is the name of the kind as a relation to a single entity; ``relations`` name the kind each leads to."""

    name: str
    one: str
    properties: tuple[str, ...]
    relations: Mapping[str, str]


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("Things", "Thing", ("name", "description", "properties"),
             {"Locations": "Locations", "HistoricalLocations": "HistoricalLocations", "Datastreams": "Datastreams"}),
        Kind("Locations", "Location", ("name", "description", "encodingType", "location", "properties"),
             {"Things": "Things", "HistoricalLocations": "HistoricalLocations"}),
        Kind("HistoricalLocations", "HistoricalLocation", ("time",), {"Thing": "Things", "Locations": "Locations"}),
        Kind("Datastreams", "Datastream",
             ("name", "description", "observationType", "unitOfMeasurement", "observedArea", "properties"),
             {"Thing": "Things", "Sensor": "Sensors", "ObservedProperty": "ObservedProperties",
              "Observations": OBSERVATIONS}),
        Kind("Sensors", "Sensor", ("name", "description", "encodingType", "metadata", "properties"),
             {"Datastreams": "Datastreams"}),
        Kind("ObservedProperties", "ObservedProperty", ("name", "definition", "description", "properties"),
             {"Datastreams": "Datastreams"}),
        Kind(OBSERVATIONS, "Observation", ("phenomenonTime", "resultTime", "result"),
             {"Datastream": "Datastreams", "FeatureOfInterest": "FeaturesOfInterest"}),
        Kind("FeaturesOfInterest", "FeatureOfInterest", ("name", "description", "encodingType", "feature", "properties"),
             {"Observations": OBSERVATIONS}),
    )
}  # fmt: skip
"""Every kind, in the order in which the service lists them."""

SINGLE = frozenset(kind.one for kind in KINDS.values())
"""Names of relations that lead to one entity."""


@dataclass(frozen=True)
class Entity:
    """``id`` is text; ``values`` the properties by name, as JSON but for times, which are :class:`datetime`."""

    kind: Kind
    id: str
    values: Mapping[str, Any]
    stream: Stream | None = None


@dataclass(frozen=True)
class Stream:
    """One metric of one sensor: what a Datastream is made of. ``number`` is its place among the streams of the request."""

    number: int
    sensor: Sensor
    metric: Metric
    observes: ObservedProperty

    @property
    def id(self) -> str:
        return f"{self.sensor.device.code}:{self.metric.key}"


@dataclass
class World:
    """The entities of one community. ``page`` is the address of the page that shows its sensors to people."""

    community: Community
    streams: list[Stream]
    page: str
    sets: dict[str, dict[str, Entity]] = field(default_factory=dict)

    def set_of(self, kind: str) -> dict[str, Entity]:
        """The entities of a kind by their identifier; not of observations."""
        return self.sets[kind]

    def related(self, entity: Entity, relation: str) -> list[Entity]:
        """The entities to which a relation leads, other than observations."""
        return [
            self.sets[entity.kind.relations[relation]][one]
            for one in self._links[entity.kind.name, entity.id][relation]
        ]

    def streams_of(self, entity: Entity) -> list[Stream]:
        """The streams whose observations a Datastream or a FeatureOfInterest leads to."""
        if entity.stream is not None:
            return [entity.stream]
        return [stream for stream in self.streams if stream.sensor.place.key == entity.id]

    def observation(self, stream: Stream, moment: int, value: float) -> Entity:
        """The observation of ``moment`` (UTC ms)."""
        time = datetime.fromtimestamp(moment / 1000, UTC)
        entity = Entity(
            KINDS[OBSERVATIONS],
            f"{stream.id}:{moment}",
            {"phenomenonTime": time, "resultTime": time, "result": value},
            stream,
        )
        self._links[OBSERVATIONS, entity.id] = {
            "Datastream": [stream.id],
            "FeatureOfInterest": [stream.sensor.place.key],
        }
        return entity

    def __post_init__(self) -> None:
        self._links: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.sets = {name: {} for name in KINDS if name != OBSERVATIONS}
        for stream in self.streams:
            self._add(stream)

    def _add(self, stream: Stream) -> None:
        sensor = stream.sensor
        code, place, kind, seen = sensor.device.code, sensor.place.key, sensor.type.key, stream.observes.key
        self._put("Things", code, lambda: _thing(sensor))
        self._put("Locations", place, lambda: _place(sensor.place, "location"))
        self._put("FeaturesOfInterest", place, lambda: _place(sensor.place, "feature"))
        self._put("HistoricalLocations", code, lambda: {"time": sensor.since})
        self._put("Sensors", kind, lambda: _instrument(sensor.type, self.page))
        self._put("ObservedProperties", seen, lambda: _property(stream))
        self._put("Datastreams", stream.id, lambda: _datastream(stream), stream)
        for one, relation, other in (
            (("Things", code), "Locations", place),
            (("Things", code), "HistoricalLocations", code),
            (("Things", code), "Datastreams", stream.id),
            (("Locations", place), "Things", code),
            (("Locations", place), "HistoricalLocations", code),
            (("HistoricalLocations", code), "Thing", code),
            (("HistoricalLocations", code), "Locations", place),
            (("Datastreams", stream.id), "Thing", code),
            (("Datastreams", stream.id), "Sensor", kind),
            (("Datastreams", stream.id), "ObservedProperty", seen),
            (("Sensors", kind), "Datastreams", stream.id),
            (("ObservedProperties", seen), "Datastreams", stream.id),
        ):
            known = self._links.setdefault(one, {}).setdefault(relation, [])
            if not known or known[-1] != other:
                known.append(other)

    def _put(self, kind: str, id_: str, values: Any, stream: Stream | None = None) -> None:
        if id_ not in self.sets[kind]:
            self.sets[kind][id_] = Entity(KINDS[kind], id_, values(), stream)


def world_of(community: Community, sensors: list[Sensor], page: str) -> World:
    return World(community, list(_streams(sensors)), page)


def _streams(sensors: list[Sensor]) -> Iterator[Stream]:
    number = 0
    for sensor in sensors:
        for key, seen in sensor.observes.items():
            yield Stream(number, sensor, sensor.type.metrics[key], seen)
            number += 1


def _thing(sensor: Sensor) -> dict[str, Any]:
    return {
        "name": sensor.name,
        "description": _("%(kind)s，在%(place)s") % {"kind": sensor.type.label, "place": sensor.place.name},
        "properties": {"code": sensor.device.code, "type": sensor.type.key, "openSince": _iso(sensor.since)},
    }


def _place(place: Place, what: str) -> dict[str, Any]:
    shape: Any = place.name
    if place.at is not None:
        shape = {"type": "Point", "coordinates": list(place.at)}
    return {
        "name": place.name,
        "description": place.name,
        "encodingType": GEOJSON if place.at is not None else "text/plain",
        what: shape,
    }


def _instrument(device_type: DeviceType, page: str) -> dict[str, Any]:
    minutes = round(device_type.cadence.total_seconds() / 60, 2)
    return {
        "name": str(device_type.label),
        "description": _("最长 %(n)s 分钟说一次") % {"n": f"{minutes:g}"},
        "encodingType": "text/html",
        "metadata": page,
    }


def _property(stream: Stream) -> dict[str, Any]:
    return {
        "name": str(stream.metric.label),
        "definition": stream.observes.definition,
        "description": str(stream.metric.label),
    }


def _datastream(stream: Stream) -> dict[str, Any]:
    unit = stream.metric.unit or None
    values = {
        "name": _("%(metric)s，%(place)s") % {"metric": stream.metric.label, "place": stream.sensor.place.name},
        "description": _("%(name)s 的%(metric)s") % {"name": stream.sensor.name, "metric": stream.metric.label},
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": unit, "symbol": unit, "definition": f"{UCUM}#{unit}" if unit else None},
    }
    if stream.sensor.place.at is not None:
        values["observedArea"] = {"type": "Point", "coordinates": list(stream.sensor.place.at)}
    return values


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_json(value: Any) -> Any:
    """A property as it is written: times in UTC with milliseconds."""
    return _iso(value) if isinstance(value, datetime) else value
