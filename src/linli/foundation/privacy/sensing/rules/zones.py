"""Zones in a camera's view: where it counts, and where it is blind. Pure.

Corners are given from 0 to 1, x to the right and y downwards, so that they hold for any resolution.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,14}")
FEWEST_CORNERS, MOST_CORNERS, MOST_ZONES = 3, 16, 12
SMALLEST_AREA = 0.001
"""A thousandth of the picture: less is a slip of the hand."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Zone:
    """``masked``: the device must not look there, and what it says of it is refused."""

    key: str
    name: str
    corners: tuple[Point, ...]
    masked: bool


class BadZones(ValueError):
    """``code`` says what is wrong with the zone ``key``."""

    def __init__(self, code: str, key: str = "") -> None:
        super().__init__(f"{code}: {key}")
        self.code, self.key = code, key


def zones_from(rows: Sequence[dict]) -> list[Zone]:
    """Zones from plain rows (``key``, ``name``, ``corners``, ``masked``), checked.

    Raises :class:`BadZones`: ``no_zone`` when nothing is counted anywhere, ``too_many``, ``bad_key``, ``key_twice``,
    ``no_name``, ``bad_corners``, ``outside``, ``crosses_itself``, ``too_small``, ``overlaps_mask`` when a counted zone
    reaches into a masked one.
    """
    if len(rows) > MOST_ZONES:
        raise BadZones("too_many")
    zones: list[Zone] = []
    for row in rows:
        zone = _zone(row)
        if any(zone.key == other.key for other in zones):
            raise BadZones("key_twice", zone.key)
        zones.append(zone)
    counted = [zone for zone in zones if not zone.masked]
    if not counted:
        raise BadZones("no_zone")
    for zone in counted:
        for mask in (other for other in zones if other.masked):
            if overlap(zone.corners, mask.corners):
                raise BadZones("overlaps_mask", zone.key)
    return zones


def _zone(row: dict) -> Zone:
    key, name = str(row.get("key", "")), str(row.get("name", "")).strip()
    if not KEY.fullmatch(key):
        raise BadZones("bad_key", key[:20])
    if not name or len(name) > 30:
        raise BadZones("no_name", key)
    try:
        corners = tuple((float(x), float(y)) for x, y in row.get("corners", ()))
    except (TypeError, ValueError):
        raise BadZones("bad_corners", key) from None
    if not FEWEST_CORNERS <= len(corners) <= MOST_CORNERS:
        raise BadZones("bad_corners", key)
    if not all(0 <= one <= 1 for corner in corners for one in corner):
        raise BadZones("outside", key)
    if crosses_itself(corners):
        raise BadZones("crosses_itself", key)
    if area(corners) < SMALLEST_AREA:
        raise BadZones("too_small", key)
    return Zone(key, name, corners, bool(row.get("masked")))


def area(corners: Sequence[Point]) -> float:
    """Share of the picture (shoelace formula)."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _edges(corners))) / 2


def crosses_itself(corners: Sequence[Point]) -> bool:
    edges = list(_edges(corners))
    return len(set(corners)) < len(corners) or any(
        _cross(*edges[i], *edges[j]) for i in range(len(edges)) for j in range(i + 1, len(edges))
    )


def contains(corners: Sequence[Point], point: Point) -> bool:
    """Whether the point lies inside; on the edge is not inside."""
    x, y = point
    if any(_on_edge(point, a, b) for a, b in _edges(corners)):
        return False
    inside = False
    for (x1, y1), (x2, y2) in _edges(corners):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def overlap(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two zones share more than an edge."""
    if any(_cross(a, b, c, d) for a, b in _edges(one) for c, d in _edges(other)):
        return True
    return any(contains(other, p) for p in _probes(one)) or any(contains(one, p) for p in _probes(other))


def _probes(corners: Sequence[Point]) -> list[Point]:
    """Corners, middles of edges and one point inside: where no edges cross, one of them tells whether zones overlap."""
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in _edges(corners)]
    return [*corners, *middles, _inner(corners)]


def _inner(corners: Sequence[Point]) -> Point:
    """A point inside: the middle of the widest stretch of a line that meets no corner."""
    best: tuple[float, Point] = (-1.0, corners[0])
    levels = sorted({y for _, y in corners})
    for low, high in pairwise(levels):
        y = (low + high) / 2
        met = sorted(
            (x2 - x1) * (y - y1) / (y2 - y1) + x1 for (x1, y1), (x2, y2) in _edges(corners) if (y1 > y) != (y2 > y)
        )
        for left, right in zip(met[::2], met[1::2], strict=False):
            best = max(best, (right - left, ((left + right) / 2, y)))
    return best[1]


def _edges(corners: Sequence[Point]):
    return zip(corners, (*corners[1:], corners[0]), strict=True)


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two segments cross in a point inside both."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _on_edge(p: Point, a: Point, b: Point) -> bool:
    return (
        abs(_side(a, b, p)) < 1e-12
        and min(a[0], b[0]) - 1e-12 <= p[0] <= max(a[0], b[0]) + 1e-12
        and min(a[1], b[1]) - 1e-12 <= p[1] <= max(a[1], b[1]) + 1e-12
    )
