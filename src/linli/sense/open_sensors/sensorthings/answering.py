"""Answers of the read-only SensorThings service: from a path and options to JSON (OGC 18-088 §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from linli.sense.open_sensors.sensorthings.choosing import choose
from linli.sense.open_sensors.sensorthings.entities import (
    KINDS,
    OBSERVATIONS,
    SINGLE,
    Entity,
    Kind,
    Stream,
    World,
    as_json,
)
from linli.sense.open_sensors.sensorthings.errors import Refused, not_found
from linli.sense.open_sensors.sensorthings.grammar import Binary, Literal, Path
from linli.sense.open_sensors.sensorthings.observations import Asked, Found, count, find, newest
from linli.sense.open_sensors.sensorthings.options import BadOption, Options
from linli.sense.open_sensors.sensorthings.resource_path import Segment

MOST_PLACES_WITH_OBSERVATIONS = 10
"""Places whose observations one answer expands: each costs a reading of its own."""
COMPONENTS = ("id", "phenomenonTime", "resultTime", "result")
_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = tuple(
    f"{_SPEC}/{name}"
    for name in (
        "datamodel/thing", "datamodel/location", "datamodel/historical-location", "datamodel/datastream",
        "datamodel/sensor", "datamodel/observed-property", "datamodel/observation", "datamodel/feature-of-interest",
        "datamodel/entity-control-information", "resource-path/resource-path-to-entities",
        "request-data/order", "request-data/expand", "request-data/select", "request-data/orderby",
        "request-data/skip", "request-data/top", "request-data/filter", "request-data/built-in-filter-operations",
        "request-data/pagination", "request-data/status-code", "request-data/query-status-code", "data-array/data-array",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Collection:
    """What a path that ends at a set of entities names. ``among`` is empty for observations, which ``streams`` lead to."""

    kind: Kind
    url: str
    among: Sequence[Entity] = ()
    streams: Sequence[Stream] = ()


@dataclass(frozen=True)
class Service:
    """The service of one community at ``root``, an absolute URL without a slash at its end."""

    world: World
    root: str

    def root_document(self) -> dict[str, Any]:
        return {
            "value": [{"name": name, "url": f"{self.root}/{name}"} for name in KINDS],
            "serverSettings": {"conformance": list(CONFORMANCE)},
        }

    def answer(self, segments: Sequence[Segment], options: Options) -> Any:
        """What the path names, as JSON; text for ``$value``. Raises :class:`Refused` and :class:`BadOption`."""
        here: Collection | Entity = self._start(segments[0])
        for n, segment in enumerate(segments[1:], start=1):
            last = n == len(segments) - 1
            if segment.name == "$ref" and last and isinstance(here, Collection):
                return self._references(here, options)
            if isinstance(here, Collection):
                raise not_found()
            if segment.name not in here.kind.relations:
                return self._property(here, segments[n:])
            here = self._follow(here, segment)
        if isinstance(here, Collection):
            return self._collection(here, options)
        return self._write([here], options)[0]

    def self_link(self, entity: Entity) -> str:
        return f"{self.root}/{entity.kind.name}({_quoted(entity.id)})"

    def _start(self, segment: Segment) -> Collection | Entity:
        kind = KINDS.get(segment.name)
        if kind is None:
            raise not_found()
        url = f"{self.root}/{kind.name}"
        if kind.name == OBSERVATIONS:
            return self._picked(Collection(kind, url, streams=self.world.streams), segment.id)
        return self._picked(Collection(kind, url, among=list(self.world.set_of(kind.name).values())), segment.id)

    def _follow(self, entity: Entity, segment: Segment) -> Collection | Entity:
        kind = KINDS[entity.kind.relations[segment.name]]
        url = f"{self.self_link(entity)}/{segment.name}"
        if kind.name == OBSERVATIONS:
            return self._picked(Collection(kind, url, streams=self.world.streams_of(entity)), segment.id)
        related = self.world.related(entity, segment.name)
        if segment.name not in SINGLE:
            return self._picked(Collection(kind, url, among=related), segment.id)
        if segment.id is not None:
            raise not_found()
        return related[0]

    def _picked(self, collection: Collection, id_: str | None) -> Collection | Entity:
        if id_ is None:
            return collection
        if collection.kind.name == OBSERVATIONS:
            return self._observation(collection, id_)
        for entity in collection.among:
            if entity.id == id_:
                return entity
        raise not_found()

    def _observation(self, collection: Collection, id_: str) -> Entity:
        stream_id, _colon, moment = id_.rpartition(":")
        stream = next((one for one in collection.streams if one.id == stream_id), None)
        if stream is None or not (moment.isascii() and moment.isdigit() and len(moment) < 15):
            raise not_found()
        at = self.world.observation(stream, int(moment), 0.0).values["phenomenonTime"]
        exactly = Binary("eq", Path(("phenomenonTime",)), Literal(at))
        found = find(self.world, Asked([stream], where=exactly, top=1))
        if not found.rows:
            raise not_found()
        return self.world.observation(stream, *found.rows[0][1:])

    def _property(self, entity: Entity, rest: Sequence[Segment]) -> Any:
        name = rest[0].name
        values = {"id": entity.id, "@iot.id": entity.id, **entity.values}
        if rest[0].id is not None or name not in values:
            raise not_found()
        value: Any = as_json(values[name])
        for segment in rest[1:]:
            if segment.name == "$value" and segment is rest[-1]:
                return value if isinstance(value, str) else Plain(value)
            if not isinstance(value, dict) or segment.name not in value:
                raise not_found()
            name, value = segment.name, value[segment.name]
        return {name: value}

    def _references(self, collection: Collection, options: Options) -> dict[str, Any]:
        answer = self._collection(collection, replace(options, select=frozenset(), expand={}, data_array=False))
        answer["value"] = [{"@iot.selfLink": one["@iot.selfLink"]} for one in answer["value"]]
        if "@iot.nextLink" in answer:
            answer["@iot.nextLink"] = answer["@iot.nextLink"].replace(collection.url, f"{collection.url}/$ref", 1)
        return answer

    def _collection(self, collection: Collection, options: Options) -> dict[str, Any]:
        if options.data_array and collection.kind.name != OBSERVATIONS:
            raise BadOption("$resultFormat", "dataArray is a form of Observations only")
        if collection.kind.name == OBSERVATIONS:
            return self._observations(collection, options)
        if options.token:
            raise BadOption("$skiptoken", "it is of Observations only")
        chosen = choose(self.world, collection.among, options.filter, options.order)
        page = options.page
        if collection.kind.name == "FeaturesOfInterest" and "Observations" in options.expand:
            page = min(page, MOST_PLACES_WITH_OBSERVATIONS)
        answer: dict[str, Any] = {"@iot.count": len(chosen)} if options.count else {}
        if options.skip + page < len(chosen) and page:
            answer["@iot.nextLink"] = _link(collection.url, options.given, skip=options.skip + page)
        answer["value"] = self._write(chosen[options.skip : options.skip + page], options)
        return answer

    def _observations(self, collection: Collection, options: Options) -> dict[str, Any]:
        asked = Asked(
            collection.streams,
            options.filter,
            options.order,
            options.page,
            options.skip,
            after=_place_in(options.token),
        )
        if options.token and not asked.by_time:
            raise BadOption("$skiptoken", "it goes with an order by time only")
        found = find(self.world, asked)
        answer: dict[str, Any] = {}
        if options.count:
            answer["@iot.count"] = count(self.world, replace(asked, after=None))
        link = self._next_of(collection.url, options, asked, found)
        if link:
            answer["@iot.nextLink"] = link
        entities = self._entities(found)
        if options.data_array:
            answer["value"] = self._data_array(entities, options)
        else:
            answer["value"] = self._write(entities, options)
        return answer

    def _next_of(self, url: str, options: Options, asked: Asked, found: Found) -> str:
        if not found.more or not asked.top:
            return ""
        if found.reached is None:
            return _link(url, options.given, skip=asked.skip + asked.top)
        moment, stream = found.reached
        token = f"{moment}~{stream}"
        return _link(url, options.given, skip=found.still_to_skip, token=token)

    def _entities(self, found: Found) -> list[Entity]:
        by_number = {stream.number: stream for stream in self.world.streams}
        return [self.world.observation(by_number[number], moment, value) for number, moment, value in found.rows]

    def _data_array(self, entities: Sequence[Entity], options: Options) -> list[dict[str, Any]]:
        if options.expand:
            raise BadOption("$resultFormat", "dataArray does not go with $expand")
        unknown = options.select - set(COMPONENTS)
        if unknown:
            raise BadOption("$select", f"there is no “{min(unknown)[:60]}”")
        components = [one for one in COMPONENTS if not options.select or one in options.select]
        by_stream: dict[str, list[list[Any]]] = {}
        for entity in entities:
            assert entity.stream is not None
            values = {"id": entity.id, **entity.values}
            by_stream.setdefault(entity.stream.id, []).append([as_json(values[one]) for one in components])
        return [
            {
                "Datastream@iot.navigationLink": f"{self.root}/Datastreams({_quoted(stream)})",
                "components": components,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for stream, rows in by_stream.items()
        ]

    def _write(self, entities: Sequence[Entity], options: Options) -> list[dict[str, Any]]:
        if not entities:
            return []
        kind = entities[0].kind
        self._check_names(kind, options)
        written = [self._plain(entity, options) for entity in entities]
        for name, inner in options.expand.items():
            if kind.relations[name] == OBSERVATIONS:
                self._expand_observations(entities, written, name, inner)
            else:
                self._expand(entities, written, name, inner)
        return written

    def _check_names(self, kind: Kind, options: Options) -> None:
        for name in options.expand:
            if name not in kind.relations:
                raise BadOption("$expand", f"{kind.one} has no “{name[:60]}”")
        unknown = options.select - {"id", *kind.properties, *kind.relations}
        if unknown:
            raise BadOption("$select", f"{kind.one} has no “{min(unknown)[:60]}”")

    def _plain(self, entity: Entity, options: Options) -> dict[str, Any]:
        link = self.self_link(entity)
        chosen = options.select
        written: dict[str, Any] = {}
        if not chosen or "id" in chosen:
            written["@iot.id"] = entity.id
            written["@iot.selfLink"] = link
        for name in entity.kind.properties:
            if name in entity.values and (not chosen or name in chosen):
                written[name] = as_json(entity.values[name])
        for name in entity.kind.relations:
            if name not in options.expand and (not chosen or name in chosen):
                written[f"{name}@iot.navigationLink"] = f"{link}/{name}"
        return written

    def _expand(self, entities: Sequence[Entity], written: list[dict], name: str, inner: Options) -> None:
        related = [self.world.related(entity, name) for entity in entities]
        distinct = {one.id: one for some in related for one in some}
        if name in SINGLE:
            texts = dict(zip(distinct, self._write(list(distinct.values()), inner), strict=True))
            for one, some in zip(written, related, strict=True):
                one[name] = texts[some[0].id]
            return
        rank = {
            one.id: n
            for n, one in enumerate(choose(self.world, list(distinct.values()), inner.filter, inner.order))
        }  # fmt: skip
        kept = [sorted((one for one in some if one.id in rank), key=lambda one: rank[one.id]) for some in related]
        shown = [some[inner.skip : inner.skip + inner.page] for some in kept]
        wanted = {one.id: one for some in shown for one in some}
        texts = dict(zip(wanted, self._write(list(wanted.values()), inner), strict=True))
        for entity, one, some, all_ in zip(entities, written, shown, kept, strict=True):
            if inner.count:
                one[f"{name}@iot.count"] = len(all_)
            one[name] = [texts[member.id] for member in some]
            if inner.page and inner.skip + inner.page < len(all_):
                url = f"{self.self_link(entity)}/{name}"
                one[f"{name}@iot.nextLink"] = _link(url, inner.given, skip=inner.skip + inner.page)

    def _expand_observations(self, entities: Sequence[Entity], written: list[dict], name: str, inner: Options) -> None:
        if entities[0].stream is None:
            for entity, one in zip(entities, written, strict=True):
                self._expand_place(entity, one, name, inner)
            return
        streams = [entity.stream for entity in entities if entity.stream is not None]
        asked = Asked(streams, inner.filter, inner.order, inner.page, inner.skip, each=True)
        if inner.filter is None and inner.page == 1 and not inner.skip and asked.by_time and asked.falls:
            found = Found(newest(self.world, streams), more=True)
        else:
            found = find(self.world, asked)
        by_stream: dict[int, list[Entity]] = {}
        for entity, (number, *_rest) in zip(self._entities(found), found.rows, strict=True):
            by_stream.setdefault(number, []).append(entity)
        flat = [one for some in by_stream.values() for one in some]
        texts = dict(zip((one.id for one in flat), self._write(flat, inner), strict=True))
        for entity, one in zip(entities, written, strict=True):
            assert entity.stream is not None
            mine = by_stream.get(entity.stream.number, [])
            if inner.count:
                one[f"{name}@iot.count"] = count(self.world, replace(asked, streams=[entity.stream], each=False))
            one[name] = [texts[member.id] for member in mine]
            if found.more and len(mine) == inner.page and inner.page:
                url = f"{self.self_link(entity)}/{name}"
                one[f"{name}@iot.nextLink"] = _link(url, inner.given, skip=inner.skip + inner.page)

    def _expand_place(self, entity: Entity, one: dict[str, Any], name: str, inner: Options) -> None:
        answer = self._observations(
            Collection(KINDS[OBSERVATIONS], f"{self.self_link(entity)}/{name}", streams=self.world.streams_of(entity)),
            inner,
        )
        one[name] = answer.pop("value")
        for key, value in answer.items():
            one[f"{name}{key}"] = value


@dataclass(frozen=True)
class Plain:
    """A raw value that is no text: written as JSON for ``$value``."""

    value: Any


def _place_in(token: str) -> tuple[int, str] | None:
    if not token:
        return None
    moment, mark, stream = token.partition("~")
    digits = moment.removeprefix("-")
    if not mark or not (digits.isascii() and digits.isdigit() and len(digits) < 15):
        raise BadOption("$skiptoken", "it is none of ours")
    return int(moment), stream


def _quoted(text: str) -> str:
    return quote("'" + text.replace("'", "''") + "'", safe="':")


def _link(url: str, given: Mapping[str, str], *, skip: int, token: str = "") -> str:
    kept = {name: text for name, text in given.items() if name not in ("$skip", "$skiptoken")}
    if skip:
        kept["$skip"] = str(skip)
    if token:
        kept["$skiptoken"] = token
    return f"{url}?{urlencode(kept, safe='$/,():@', quote_via=quote)}"


def refused_option(bad: BadOption) -> Refused:
    """The refusal of an option, in the reader's language; what is wrong is said in English, as the standard's words are."""
    return Refused(
        _("%(option)s 写得不对：%(why)s。") % {"option": bad.option, "why": bad.why},
        status=501 if bad.not_offered else 400,
        code="option",
    )
