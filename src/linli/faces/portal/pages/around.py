"""小区现在怎么样: what the open sensors of a community measure, for everybody, without signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from linli.faces.kit.context import community_of
from linli.faces.kit.themes import ELDER, theme_of
from linli.foundation import clock
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.open_sensors.queries import Sensor, communities_that_open, newest_values, open_sensors
from linli.sense.open_sensors.wording import said

ON_AN_ELDERS_PAGE = 2
"""Values of each sensor: one look, one answer."""


@dataclass(frozen=True)
class Line:
    label: str
    said: str


@dataclass(frozen=True)
class Shown:
    """One sensor: its newest values, when the newest of them was measured, and whether it has fallen silent."""

    sensor: Sensor
    lines: list[Line]
    at: datetime | None
    silent: bool


@require_safe
def which(request: HttpRequest) -> HttpResponse:
    """The only community's page, or one's own; a visitor of an installation with several chooses."""
    community = community_of(request)
    if community is not None:
        return redirect("around", community.code)
    return render(request, "portal/around_which.html", {"communities": communities_that_open()})


@require_safe
def around(request: HttpRequest, community: str) -> HttpResponse:
    place = Community.objects.filter(code=community).first()
    if place is None:
        raise NotFound
    most = ON_AN_ELDERS_PAGE if theme_of(request) == ELDER else None
    places: dict[str, list[Shown]] = {}
    with community_scope(place):
        sensors = open_sensors(place)
        values = newest_values(sensors)
        for sensor in sensors:
            told = values.get(sensor.device.pk, [])
            at = max((one.time for one in told), default=None)
            lines = [Line(str(one.metric.label), said(one)) for one in told[:most]]
            places.setdefault(sensor.place.name, []).append(Shown(sensor, lines, at, _silent(sensor, at)))
    context = {
        "listed": place,
        "places": list(places.items()),
        "service": reverse("open_sensors:sensorthings", args=[place.code]),
        "entities": reverse("open_sensors:entities", args=[place.code]),
        "community": place,
        "help_phone": place.phone,
        "help_hours": place.phone_hours,
    }
    return render(request, "portal/around.html", context)


def _silent(sensor: Sensor, at: datetime | None) -> bool:
    pause: timedelta = 3 * sensor.type.cadence
    return at is None or clock.now() - at > pause
