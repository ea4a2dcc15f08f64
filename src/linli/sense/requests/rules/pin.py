"""From a pin on the map to the building it means."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import pairwise
from math import hypot
from typing import Any, TypeVar

NEAR = 50.0
"""Metres within which a pin beside a building means that building (``domain.md`` §2.5)."""

Key = TypeVar("Key", bound=Hashable)


def distance_to(polygon: dict[str, Any], x: float, y: float) -> float:
    """Metres from a point to a GeoJSON Polygon in the same frame; 0 inside its outer ring."""
    ring = polygon["coordinates"][0]
    edges = list(pairwise(ring))
    if _inside(edges, x, y):
        return 0.0
    return min(_to_segment(x, y, *start, *end) for start, end in edges)


def nearest(
    footprints: Iterable[tuple[Key, dict[str, Any]]], x: float, y: float, *, within: float = NEAR
) -> Key | None:
    """The key of the nearest footprint not farther than ``within`` metres, or ``None``."""
    best = min(((distance_to(shape, x, y), key) for key, shape in footprints), key=lambda d: d[0], default=None)
    return best[1] if best is not None and best[0] <= within else None


def _inside(edges: list, x: float, y: float) -> bool:
    crossings = 0
    for (x1, y1), (x2, y2) in edges:
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def _to_segment(x: float, y: float, x1: float, y1: float, x2: float, y2: float) -> float:
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
    return hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))
