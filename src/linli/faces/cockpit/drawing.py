"""The neighbourhood as a drawing: from footprints, storeys and surroundings to shapes that a template only prints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, sin

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from linli.faces.cockpit.projection import (
    METRES_A_STOREY,
    TILT,
    Point,
    Ring,
    block,
    depth,
    hull,
    middle,
    opened,
    project,
    svg_points,
    view_box,
)
from linli.faces.plan import rings
from linli.foundation.registry.models import Building, Community, Estate

GRID_MARGIN = 6.0
PUBLIC_STOREYS = 3
ROOM = (64.0, 24.0, 40.0, 24.0)
"""Free space (top, right, bottom, left) around the drawing for pins and names."""
ALONG_EAST = f"matrix({cos(TILT):.3f},{sin(TILT):.3f},0,1"


@dataclass(frozen=True)
class DrawnBlock:
    """``building_id`` is None for a public building; ``shapes`` are its SVG polygons, which take their colour from what
    is around them; ``x``, ``y`` is where a pin stands: the middle of the roof."""

    building_id: int | None
    name: str
    shapes: SafeString
    x: float
    y: float


@dataclass(frozen=True)
class Written:
    """Words lying in the street: ``transform`` puts them along the southern edge of what they name."""

    words: str
    note: str
    transform: str
    public: bool = False


@dataclass(frozen=True)
class Drawing:
    view_box: str
    plots: tuple[str, ...]
    water: tuple[str, ...]
    green: tuple[str, ...]
    trees: tuple[tuple[float, float], ...]
    grid_borders: tuple[str, ...]
    blocks: tuple[DrawnBlock, ...]
    names: tuple[Written, ...]
    estates: int
    buildings: int


def draw(community: Community, estates: Iterable[Estate], buildings: Iterable[Building]) -> Drawing:
    """Everything in back-to-front order. Buildings come with ``estate`` and ``grid`` loaded."""
    estates, buildings = list(estates), list(buildings)
    seen: list[Point] = []

    def flat(ring) -> str:
        points = [project(x, y) for x, y in opened(ring)]
        seen.extend(points)
        return svg_points(points)

    features = [
        (f.get("properties") or {}, ring)
        for f in (community.surroundings or {}).get("features", [])
        if (f.get("geometry") or {}).get("type") in {"Polygon", "MultiPolygon"}
        for ring in rings(f["geometry"])
    ]
    of_kind = defaultdict(list)
    for properties, ring in features:
        of_kind[properties.get("kind", "")].append((properties.get("name", ""), ring))
    outlines = {e.pk: ring for e in estates for ring in rings(e.outline)[:1]}
    plots = tuple(flat(ring) for ring in outlines.values())
    water = tuple(flat(ring) for _, ring in of_kind["water"])
    green = tuple(flat(ring) for _, ring in of_kind["green"])
    solid: list[tuple[int | None, str, Ring, int]] = [
        (b.pk, str(b), ring, b.storeys) for b in buildings for ring in rings(b.footprint)[:1]
    ]
    solid += [(None, name, ring, PUBLIC_STOREYS) for name, ring in of_kind["public"]]
    blocks = tuple(_block(*entry) for entry in sorted(solid, key=lambda entry: depth(entry[2])))
    for _, _, corners, storeys in solid:
        seen.extend(project(x, y, h) for x, y in opened(corners) for h in (0.0, storeys * METRES_A_STOREY))
    return Drawing(
        view_box=view_box(seen or [(0, 0), (100, 100)], margin=ROOM),
        plots=plots,
        water=water,
        green=green,
        trees=tuple(point for _, ring in of_kind["green"] for point in _trees(ring)),
        grid_borders=tuple(_grid_borders(buildings)),
        blocks=blocks,
        names=tuple(_names(estates, outlines, buildings, of_kind)),
        estates=len(estates),
        buildings=len(buildings),
    )


def _block(building_id: int | None, name: str, ring, storeys: int) -> DrawnBlock:
    height = storeys * METRES_A_STOREY
    x, y = project(*middle(ring), height)
    faces = block(ring, height)
    corners = [point for face in faces for point in face.points]
    polygons = [(svg_points(face.points), face.side) for face in faces] + [(svg_points(hull(corners)), "o")]
    shapes = format_html_join("", '<polygon points="{}" class="{}"/>', polygons)
    return DrawnBlock(building_id, name, shapes, round(x, 1), round(y, 1))


def _grid_borders(buildings: list[Building]) -> Iterable[str]:
    """A dashed line around the buildings that a grid has in each estate."""
    together = defaultdict(list)
    for building in buildings:
        for ring in rings(building.footprint)[:1]:
            together[building.grid_id, building.estate_id].extend(opened(ring))
    for corners in together.values():
        yield svg_points(project(x, y) for x, y in hull(corners, margin=GRID_MARGIN))


def _names(estates, outlines, buildings, of_kind) -> Iterable[Written]:
    numbers = defaultdict(set)
    for building in buildings:
        numbers[building.estate_id].add(building.grid.number)
    for estate in estates:
        if estate.pk in outlines:
            note = "·".join(str(n) for n in sorted(numbers[estate.pk]))
            yield Written(estate.name, note, _along_south(outlines[estate.pk]))
    for kind in ("green", "public"):
        for name, ring in of_kind[kind]:
            if name:
                yield Written(name, "", _along_south(ring), public=True)
    for name, ring in of_kind["water"]:
        if name:
            x, y = project(*middle(ring))
            yield Written(name, "", _along_north(x, y), public=True)


def _along_south(ring) -> str:
    """From the south-west corner of what is named, a little into the street."""
    points = opened(ring)
    x, y = project(min(p[0] for p in points) + 4, min(p[1] for p in points) - 13)
    return f"{ALONG_EAST},{x:.1f},{y:.1f})"


def _along_north(x: float, y: float) -> str:
    return f"matrix({cos(TILT):.3f},{-sin(TILT):.3f},0,1,{x - 40:.1f},{y + 26:.1f})"


def _trees(ring) -> Iterable[tuple[float, float]]:
    points = opened(ring)
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    for column in range(1, 5):
        for row in range(1, 4):
            x = west + (east - west) * column / 5
            y = south + (north - south) * row / 4
            across, down = project(x, y)
            yield round(across, 1), round(down, 1)
