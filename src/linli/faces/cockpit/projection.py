"""From metres on the ground to a drawing seen from the south-east: an axonometric projection, pure and exact.

The registry's frame has x east and y north. On the drawing, east runs right and down, south left and down, each at
28° to the horizontal; heights stand upright. Lengths along either axis keep their ratio, so buildings can be compared.
Coordinates are pairs of floats; a ring is a list of them, closed or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin

TILT = radians(28)
ACROSS, DOWN = cos(TILT), sin(TILT)
METRES_A_STOREY = 2.5
"""Drawn height of a storey: a little under life, so that a tower does not hide the estate behind it."""

Point = tuple[float, float]
Ring = Sequence[Sequence[float]]


def project(x: float, y: float, height: float = 0.0) -> Point:
    """Screen coordinates (right, down) of a point ``height`` metres above the ground."""
    return (x + y) * ACROSS, (x - y) * DOWN - height


def depth(ring: Ring) -> float:
    """How near to the viewer: draw in rising order, so that what is in front covers what is behind."""
    points = opened(ring)
    return sum(x - y for x, y in points) / len(points)


@dataclass(frozen=True)
class Face:
    """One visible side: ``side`` is t (roof), l (faces south) or r (faces east)."""

    side: str
    points: tuple[Point, ...]


def block(ring: Ring, height: float) -> list[Face]:
    """The visible faces of an upright block on ``ring``, walls first, the roof last."""
    points = anticlockwise(opened(ring))
    faces = []
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        east, north = y2 - y1, x1 - x2
        if east - north <= 0:
            continue
        wall = (project(x1, y1, height), project(x2, y2, height), project(x2, y2), project(x1, y1))
        faces.append((x1 - y1 + x2 - y2, Face("r" if east > -north else "l", wall)))
    walls = [face for _, face in sorted(faces, key=lambda entry: entry[0])]
    return [*walls, Face("t", tuple(project(x, y, height) for x, y in points))]


def middle(ring: Ring) -> Point:
    points = opened(ring)
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def opened(ring: Ring) -> list[Point]:
    """Without the repeated last point; raises :class:`ValueError` for fewer than three corners."""
    points = [(float(p[0]), float(p[1])) for p in ring]
    if points and points[0] == points[-1]:
        points = points[:-1]
    if len(points) < 3:
        raise ValueError("a ring needs three corners")
    return points


def anticlockwise(points: list[Point]) -> list[Point]:
    area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True))
    return points if area > 0 else points[::-1]


def hull(points: Iterable[Point], *, margin: float = 0.0) -> list[Point]:
    """The convex outline of points, each first widened to a square of half-side ``margin`` (Andrew 1979)."""
    widened = {(x + dx, y + dy) for x, y in points for dx in (-margin, margin) for dy in (-margin, margin)}
    ordered = sorted(widened)
    if len(ordered) < 3:
        return ordered
    lower, upper = _chain(ordered), _chain(reversed(ordered))
    return lower[:-1] + upper[:-1]


def _chain(points: Iterable[Point]) -> list[Point]:
    chain: list[Point] = []
    for x, y in points:
        while len(chain) >= 2:
            (ax, ay), (bx, by) = chain[-2], chain[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def svg_points(points: Iterable[Point]) -> str:
    """For the ``points`` attribute, to a tenth of a metre."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def view_box(points: Iterable[Point], *, margin: tuple[float, float, float, float]) -> str:
    """The smallest frame around the projected points with room (top, right, bottom, left) around it."""
    xs, ys = zip(*points, strict=True)
    top, right, bottom, left = margin
    x, y = min(xs) - left, min(ys) - top
    return f"{x:.0f} {y:.0f} {max(xs) + right - x:.0f} {max(ys) + bottom - y:.0f}"
