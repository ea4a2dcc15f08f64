"""What a device said in the last hours, as small curves: one for each metric that moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from linli.foundation.accounts.actor import Actor
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import series, sight_of

WIDTH, HEIGHT = 300.0, 60.0
POINTS_AT_MOST = 240
YES_OR_NO = (0.0, 1.0)
"""The range of a metric that only says whether something is so: a button, a door, somebody in the car."""

Point = tuple[datetime, float]


@dataclass(frozen=True)
class Curve:
    """``d`` is an SVG path in a box of 300 × 60; ``mark`` is where the warning was raised, ``None`` outside."""

    label: str
    unit: str
    d: str
    least: float
    most: float
    last: float
    last_at: datetime
    n: int
    mark: float | None
    yes_or_no: bool


def curves_of(device: Device, start: datetime, end: datetime, *, mark: datetime, actor: Actor) -> list[Curve]:
    """Metrics that the actor may see with at least two observations in ``[start, end)``, in the catalogue's order."""
    declared = CATALOGUE[device.type].metrics if device.type in CATALOGUE else {}
    seen = sight_of(device, actor)
    curves = []
    for key, metric in declared.items():
        if not seen.shows(key):
            continue
        points = series(device, key, start, end)
        if len(points) < 2:
            continue
        values = [value for _, value in points]
        curves.append(
            Curve(
                label=str(metric.label),
                unit=metric.sign,
                d=stepped(thinned(points), start, end),
                least=min(values),
                most=max(values),
                last=values[-1],
                last_at=points[-1][0],
                n=len(points),
                mark=(mark - start) / (end - start) * WIDTH if start <= mark <= end else None,
                yes_or_no=(metric.low, metric.high) == YES_OR_NO,
            )
        )
    return curves


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most ``POINTS_AT_MOST`` points that keep every jump: of each stretch its least and its greatest value."""
    if len(points) <= POINTS_AT_MOST:
        return list(points)
    size = -(-len(points) // (POINTS_AT_MOST // 2))
    kept: list[Point] = []
    for at in range(0, len(points), size):
        stretch = points[at : at + size]
        extremes = {min(stretch, key=lambda p: p[1]), max(stretch, key=lambda p: p[1])}
        kept += sorted(extremes)
    return kept


def stepped(points: Sequence[Point], start: datetime, end: datetime) -> str:
    """A path that holds each value until the next one is said, as a device's readings do."""
    values = [value for _, value in points]
    low, span = min(values), (max(values) - min(values)) or 1.0
    width = (end - start).total_seconds()
    parts = []
    for n, (at, value) in enumerate(points):
        x = (at - start).total_seconds() / width * WIDTH
        y = HEIGHT - 4 - (value - low) / span * (HEIGHT - 8)
        parts.append(f"M{x:.1f} {y:.1f}" if n == 0 else f"H{x:.1f}V{y:.1f}")
    return "".join(parts)
