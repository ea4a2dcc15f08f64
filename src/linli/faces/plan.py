"""The neighbourhood as a flat plan: footprints in metres become SVG outlines that a page can draw and link.

The registry keeps a local frame with x east and y north; SVG has y downwards, so y is turned over here, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from linli.foundation.registry.models import Building, Community, Estate

MARGIN = 20.0


@dataclass(frozen=True)
class Shape:
    """One outline: ``d`` is an SVG path, ``x`` and ``y`` its middle in SVG coordinates (metres, y downwards)."""

    id: int | None
    name: str
    label: str
    d: str
    x: float
    y: float
    width: float
    height: float

    @property
    def above(self) -> float:
        """Where a name stands free of what is drawn inside: just over the upper edge."""
        return self.y - self.height / 2 - 3


@dataclass
class Plan:
    """``view_box`` frames what is drawn; ``grounds`` are estates, ``green`` and ``water`` the surroundings."""

    view_box: str
    left: float
    top: float
    width: float
    height: float
    grounds: list[Shape] = field(default_factory=list)
    green: list[str] = field(default_factory=list)
    water: list[str] = field(default_factory=list)
    roads: list[str] = field(default_factory=list)
    buildings: list[Shape] = field(default_factory=list)


def rings(geometry: dict | None) -> list[list[list[float]]]:
    """The rings or lines of a GeoJSON geometry; a missing or unknown one has none."""
    kind, coordinates = (geometry or {}).get("type"), (geometry or {}).get("coordinates", [])
    if kind == "Polygon" or kind == "MultiLineString":
        return coordinates
    if kind == "LineString":
        return [coordinates]
    if kind == "MultiPolygon":
        return [ring for polygon in coordinates for ring in polygon]
    return []


def outline(geometry: dict | None, *, closed: bool = True) -> str:
    """An SVG path of a GeoJSON geometry, y turned over, to the decimetre."""
    parts = []
    for ring in rings(geometry):
        points = " ".join(f"{x:.1f},{-y:.1f}" for x, y, *_ in ring)
        parts.append(f"M{points}" + ("Z" if closed else ""))
    return " ".join(parts)


def _shape(geometry: dict, *, id: int | None = None, name: str = "", label: str = "") -> Shape | None:
    points = [point for ring in rings(geometry) for point in ring]
    if not points:
        return None
    xs, ys = [p[0] for p in points], [-p[1] for p in points]
    return Shape(
        id=id,
        name=name,
        label=label,
        d=outline(geometry),
        x=(min(xs) + max(xs)) / 2,
        y=(min(ys) + max(ys)) / 2,
        width=max(xs) - min(xs),
        height=max(ys) - min(ys),
    )


def _framed(shapes: Iterable[Shape], *, margin: float = MARGIN) -> tuple[float, float, float, float]:
    shapes = list(shapes)
    if not shapes:
        return 0.0, 0.0, 100.0, 100.0
    left = min(s.x - s.width / 2 for s in shapes) - margin
    top = min(s.y - s.height / 2 for s in shapes) - margin
    right = max(s.x + s.width / 2 for s in shapes) + margin
    bottom = max(s.y + s.height / 2 for s in shapes) + margin
    return left, top, right - left, bottom - top


def _building_shapes(buildings: Iterable[Building]) -> list[Shape]:
    shapes = (_shape(b.footprint, id=b.pk, name=str(b), label=b.number) for b in buildings)
    return [shape for shape in shapes if shape]


def plan_of(community: Community, buildings: Iterable[Building], *, estates: Iterable[Estate] | None = None) -> Plan:
    """Draw ``buildings`` (with their estates loaded); ``estates`` defaults to those that the buildings stand in."""
    buildings = list(buildings)
    if estates is None:
        estates = {b.estate_id: b.estate for b in buildings}.values()
    shapes = _building_shapes(buildings)
    grounds = [s for s in (_shape(e.outline, id=e.pk, name=e.name, label=e.name) for e in estates) if s]
    left, top, width, height = _framed([*shapes, *grounds])
    plan = Plan(f"{left:.0f} {top:.0f} {width:.0f} {height:.0f}", left, top, width, height, grounds)
    plan.buildings = shapes
    drawn = {"green": plan.green, "park": plan.green, "water": plan.water, "river": plan.water}
    for feature in (community.surroundings or {}).get("features", []):
        kind = (feature.get("properties") or {}).get("kind", "")
        geometry = feature.get("geometry") or {}
        if kind in drawn:
            drawn[kind].append(outline(geometry))
        elif kind in {"road", "street"}:
            plan.roads.append(outline(geometry, closed=geometry.get("type", "").endswith("Polygon")))
    return plan


def around(building: Building, neighbours: Iterable[Building], *, metres: float = 90.0) -> Plan:
    """A small plan with ``building`` in its middle; ``metres`` each way are sure to be seen, of its estate what fits."""
    middle = _shape(building.footprint, id=building.pk, name=str(building), label=building.number)
    if middle is None:
        return Plan("0 0 100 100", 0, 0, 100, 100)
    left, top = middle.x - metres, middle.y - metres * 0.6
    plan = Plan(f"{left:.0f} {top:.0f} {metres * 2:.0f} {metres * 1.2:.0f}", left, top, metres * 2, metres * 1.2)
    plan.buildings = _building_shapes(neighbours)
    ground = _shape(building.estate.outline or {}, id=building.estate_id)
    plan.grounds = [ground] if ground else []
    return plan
