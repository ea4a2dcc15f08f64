"""The doors for everybody, for programs: OGC SensorThings and NGSI-LD of each community. Reading only, no sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.open_sensors.queries import Sensor, newest_values, open_sensors
from linli.sense.open_sensors.rules.smart_data_models import CORE_CONTEXT, Source, Value, entities_of, simplified
from linli.sense.open_sensors.sensorthings.answering import Plain, Service, refused_option
from linli.sense.open_sensors.sensorthings.entities import world_of
from linli.sense.open_sensors.sensorthings.errors import Refused, not_found
from linli.sense.open_sensors.sensorthings.options import BadOption, read
from linli.sense.open_sensors.sensorthings.resource_path import segments_of

MOST_OPTIONS = 40
MOST_ENTITIES = 1000
READING = ("GET", "HEAD", "OPTIONS")


def sensorthings(request: HttpRequest, community: str, resource: str = "") -> HttpResponse:
    """OGC SensorThings API 1.1, read only, about the open sensors of one community."""
    try:
        if request.method not in READING:
            raise Refused(_("这里只能读，不能写。"), status=405, code="read_only")
        if request.method == "OPTIONS":
            return _open(HttpResponse(status=204))
        return _open(_answer(request, community, resource))
    except Refused as refused:
        return _open(_refusal(refused))
    except BadOption as bad:
        return _open(_refusal(refused_option(bad)))


def _answer(request: HttpRequest, code: str, resource: str) -> HttpResponse:
    community = Community.objects.filter(code=code).first()
    if community is None:
        raise not_found()
    root = request.build_absolute_uri(reverse("open_sensors:sensorthings", args=[community.code])).rstrip("/")
    page = request.build_absolute_uri(reverse("around", args=[community.code]))
    try:
        segments = segments_of(resource)
        pairs = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=MOST_OPTIONS)
    except ValueError:
        raise not_found() from None
    options = read(pairs)
    with community_scope(community):
        service = Service(world_of(community, open_sensors(community), page), root)
        body: Any = service.answer(segments, options) if segments else service.root_document()
    if isinstance(body, str):
        return HttpResponse(body, content_type="text/plain; charset=utf-8")
    return _json(body.value if isinstance(body, Plain) else body)


def entities(request: HttpRequest, community: str, entity: str = "") -> HttpResponse:
    """``/entities`` and ``/entities/{id}`` of NGSI-LD (ETSI GS CIM 009), read only, about the same sensors."""
    if request.method not in READING:
        return _open(_ngsi_problem(405, "OperationNotSupported", _("这里只能读，不能写。")))
    place = Community.objects.filter(code=community).first()
    if place is None:
        return _open(_ngsi_problem(404, "ResourceNotFound", _("没有这个地址，或者没有找到。")))
    try:
        asked = _ngsi_options(request)
    except BadOption as bad:
        return _open(_ngsi_problem(400, "BadRequestData", refused_option(bad).message))
    with community_scope(place):
        found = [made for source in _sources(open_sensors(place)) for made in entities_of(source)]
    return _open(_ngsi_answer(request, found, asked, entity))


@dataclass(frozen=True)
class _Asked:
    types: frozenset[str]
    ids: frozenset[str]
    attributes: frozenset[str]
    limit: int
    offset: int
    count: bool
    simple: bool


def _ngsi_options(request: HttpRequest) -> _Asked:
    given = request.GET
    unknown = set(given) - {"type", "id", "attrs", "limit", "offset", "count", "options", "format"}
    if unknown:
        raise BadOption(min(unknown)[:40], "there is no such option here")
    options = _names(given.get("options", "")) | _names(given.get("format", ""))
    if options - {"keyValues", "simplified", "normalized"}:
        raise BadOption("options", "keyValues and normalized are offered")
    return _Asked(
        types=_names(given.get("type", "")),
        ids=_names(given.get("id", "")),
        attributes=_names(given.get("attrs", "")),
        limit=_whole(given.get("limit", "100"), "limit", MOST_ENTITIES),
        offset=_whole(given.get("offset", "0"), "offset", 10_000_000),
        count=given.get("count", "false") == "true",
        simple=bool(options & {"keyValues", "simplified"}),
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in text.split(",") if one.strip())


def _whole(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise BadOption(name, f"it must be a whole number, 0 to {most}")
    return int(text)


def _sources(sensors: list[Sensor]) -> Iterator[Source]:
    values = newest_values(sensors)
    for sensor in sensors:
        told = [
            Value(one.metric.key, one.metric.unit, one.value, one.time)
            for one in values.get(sensor.device.pk, [])
        ]  # fmt: skip
        yield Source(
            sensor.device.code,
            sensor.type.key,
            sensor.name,
            sensor.place.name,
            sensor.place.at,
            told,
            list(sensor.observes),
        )


def _ngsi_answer(request: HttpRequest, found: list[dict[str, Any]], asked: _Asked, entity: str) -> HttpResponse:
    chosen = [
        one
        for one in found
        if (not entity or one["id"] == entity)
        and (not asked.types or one["type"] in asked.types)
        and (not asked.ids or one["id"] in asked.ids)
        and (not asked.attributes or asked.attributes & set(one))
    ]
    if entity and not chosen:
        return _ngsi_problem(404, "ResourceNotFound", _("没有这个地址，或者没有找到。"))
    page = chosen if entity else chosen[asked.offset : asked.offset + asked.limit]
    linked = "application/ld+json" in request.headers.get("Accept", "")
    written = [_ngsi_written(one, asked, linked=linked) for one in page]
    response = _json(written[0] if entity else written)
    response.headers["Content-Type"] = "application/ld+json" if linked else "application/json"
    links = []
    if not linked:
        links.append(f'<{CORE_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"')
    if not entity and asked.offset + asked.limit < len(chosen) and asked.limit:
        query = request.GET.copy()
        query["offset"], query["limit"] = str(asked.offset + asked.limit), str(asked.limit)
        links.append(f'<{request.path}?{query.urlencode()}>; rel="next"; type="application/json"')
    if links:
        response.headers["Link"] = ", ".join(links)
    if asked.count:
        response.headers["NGSILD-Results-Count"] = str(len(chosen))
    return response


def _ngsi_written(entity: dict[str, Any], asked: _Asked, *, linked: bool) -> dict[str, Any]:
    always = {"id", "type"} | ({"@context"} if linked else set())
    kept = {
        name: value
        for name, value in entity.items()
        if name in always or (name != "@context" and (not asked.attributes or name in asked.attributes))
    }
    return simplified(kept) if asked.simple else kept


def _ngsi_problem(status: int, kind: str, words: str) -> JsonResponse:
    response = _json({"type": f"https://uri.etsi.org/ngsi-ld/errors/{kind}", "title": words, "status": status}, status)
    response.headers["Content-Type"] = "application/problem+json"
    return response


def _json(body: Any, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, safe=False, json_dumps_params={"ensure_ascii": False})


def _refusal(refused: Refused) -> JsonResponse:
    return _json({"error": {"code": refused.code, "message": refused.message}}, refused.status)


def _open(response: HttpResponse) -> HttpResponse:
    """Any page may read it: it is open data, and no cookie is asked for."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Allow"] = ", ".join(READING)
    return response
