"""Shapes on the neighbourhood's own map: metres, x east, y north, from a local origin."""

from __future__ import annotations

from itertools import pairwise
from math import cos, isfinite, radians, sin
from typing import Any

from django.utils.translation import gettext as _

FARTHEST = 100_000.0
"""Metres from the origin: beyond it the numbers are more likely degrees or millimetres."""

MOST_POINTS = 2_000
SURROUNDING_KINDS = ("water", "green", "road", "public")


METRES_A_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator (WGS 84, mean)."""


def local_metres(latitude: float, longitude: float, origin: tuple[float, float]) -> tuple[float, float]:
    """Metres east and north of ``origin`` (latitude, longitude; degrees). On the plane: within ten kilometres the error is
    below a metre in a hundred metres, less than that of a telephone's own place."""
    north = (latitude - origin[0]) * METRES_A_DEGREE
    east = (longitude - origin[1]) * METRES_A_DEGREE * cos(radians(origin[0]))
    return east, north


class BadShape(ValueError):
    """Not a polygon that can be drawn; the message says what is wrong."""


def rectangle(x: float, y: float, width: float, depth: float, angle: float = 0.0) -> dict:
    """GeoJSON Polygon of a rectangle with its south-west corner at (x, y), turned ``angle`` degrees anticlockwise.

    Coordinates are rounded to the centimetre, so that the same five numbers always give the same shape.
    """
    turn_x, turn_y = cos(radians(angle)), sin(radians(angle))
    corners = [(0.0, 0.0), (width, 0.0), (width, depth), (0.0, depth), (0.0, 0.0)]
    ring = [
        [round(x + along * turn_x - across * turn_y, 2), round(y + along * turn_y + across * turn_x, 2)]
        for along, across in corners
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def polygon(given: Any) -> dict:
    """``given`` as a GeoJSON Polygon with closed rings; raises :class:`BadShape`."""
    if not isinstance(given, dict) or given.get("type") != "Polygon":
        raise BadShape(_("要一个 GeoJSON Polygon。"))
    rings = given.get("coordinates")
    if not isinstance(rings, list) or not rings:
        raise BadShape(_("多边形没有坐标。"))
    return {"type": "Polygon", "coordinates": [_ring(ring) for ring in rings]}


def surroundings(given: Any) -> dict:
    """``given`` as a FeatureCollection of Polygons and LineStrings of a known kind; raises :class:`BadShape`."""
    features = given.get("features") if isinstance(given, dict) else None
    if not isinstance(features, list) or given.get("type") != "FeatureCollection":
        raise BadShape(_("要一个 GeoJSON FeatureCollection。"))
    return {"type": "FeatureCollection", "features": [_surrounding(feature) for feature in features]}


def _surrounding(given: Any) -> dict:
    properties = given.get("properties") if isinstance(given, dict) else None
    kind = properties.get("kind") if isinstance(properties, dict) else None
    if kind not in SURROUNDING_KINDS:
        raise BadShape(_("每个要素的 properties.kind 要是 %(kinds)s 之一。") % {"kinds": "、".join(SURROUNDING_KINDS)})
    shape = given.get("geometry")
    if isinstance(shape, dict) and shape.get("type") == "LineString":
        points = shape.get("coordinates")
        if not isinstance(points, list) or not 2 <= len(points) <= MOST_POINTS:
            raise BadShape(_("线至少要两个点，最多 %(n)d 个。") % {"n": MOST_POINTS})
        shape = {"type": "LineString", "coordinates": [_point(p) for p in points]}
    else:
        shape = polygon(shape)
    return {"type": "Feature", "properties": properties, "geometry": shape}


def _ring(given: Any) -> list[list[float]]:
    if not isinstance(given, list) or len(given) < 4:
        raise BadShape(_("多边形至少要三个角，并且首尾相接。"))
    if len(given) > MOST_POINTS:
        raise BadShape(_("多边形的点太多，最多 %(n)d 个。") % {"n": MOST_POINTS})
    ring = [_point(point) for point in given]
    if ring[0] != ring[-1]:
        raise BadShape(_("多边形没有闭合：第一个点和最后一个点要相同。"))
    if abs(_signed_area(ring)) < 0.01:
        raise BadShape(_("多边形的面积是零。"))
    return ring


def _point(given: Any) -> list[float]:
    if not isinstance(given, list) or len(given) < 2:
        raise BadShape(_("每个点要有 x 和 y 两个数。"))
    x, y = given[:2]
    if not all(isinstance(v, int | float) and not isinstance(v, bool) and isfinite(v) for v in (x, y)):
        raise BadShape(_("每个点要有 x 和 y 两个数。"))
    if max(abs(x), abs(y)) > FARTHEST:
        raise BadShape(_("坐标超出范围：单位是米，从社区自己的原点算起。"))
    return [round(float(x), 2), round(float(y), 2)]


def _signed_area(ring: list[list[float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2
