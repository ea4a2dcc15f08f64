"""The map: a block of sixteen plots between roads, a river in the east, thirteen of the plots being estates.

Buildings of an old estate stand in rows facing south, two columns to a plot (the lanes of the 1980s); towers of a new
estate stand in a square with green between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from linli.simulator.neighbourhood.shapes import Ring, polygon

PLOT_WIDTH, PLOT_HEIGHT, ROAD = 136.0, 112.0, 16.0
COLUMNS, ROWS = 4, 4
ENTRANCE_WIDTH, SLAB_DEPTH, TOWER_SIDE = 14.0, 11.0, 24.0


@dataclass(frozen=True)
class Plot:
    """One cell of the block: ``use`` is old, new, centre, park or school."""

    name: str
    use: str
    column: int
    row: int

    @property
    def corner(self) -> tuple[float, float]:
        return self.column * (PLOT_WIDTH + ROAD), self.row * (PLOT_HEIGHT + ROAD)

    @property
    def ring(self) -> Ring:
        x, y = self.corner
        return box(x, y, PLOT_WIDTH, PLOT_HEIGHT)


PLOTS = (
    Plot("书院弄", "old", 0, 3),
    Plot("梧桐里", "old", 1, 3),
    Plot("枫杨里", "old", 2, 3),
    Plot("柳荫里", "old", 3, 3),
    Plot("桂香新村", "old", 0, 2),
    Plot("第二小学", "school", 1, 2),
    Plot("石榴坊", "old", 2, 2),
    Plot("莲池新村", "old", 3, 2),
    Plot("青禾里", "old", 0, 1),
    Plot("邻里中心", "centre", 1, 1),
    Plot("河畔里", "old", 2, 1),
    Plot("竹影里", "old", 3, 1),
    Plot("晚晴里", "old", 0, 0),
    Plot("澜庭雅苑", "new", 1, 0),
    Plot("和风府", "new", 2, 0),
    Plot("口袋公园", "park", 3, 0),
)


def box(x: float, y: float, width: float, height: float) -> Ring:
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]


def turned(ring: Ring, centre: tuple[float, float], degrees: float) -> Ring:
    cx, cy = centre
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        [round(cx + (x - cx) * cos - (y - cy) * sin, 2), round(cy + (x - cx) * sin + (y - cy) * cos, 2)]
        for x, y in ring
    ]


def slabs(plot: Plot, entrance_counts: list[int], rng: Random) -> list[Ring]:
    """Footprints of the walk-ups of an old estate, one for each number of entrances, numbered from the south-west.

    At most eight fit: two columns of four. The whole estate is turned by a few degrees, as its lane once ran.
    """
    x0, y0 = plot.corner
    tilt = rng.uniform(-2.5, 2.5)
    rings = []
    for index, entrances in enumerate(entrance_counts):
        column, row = index % 2, index // 2
        width = entrances * ENTRANCE_WIDTH
        left = x0 + 14 + column * 58 + (50 - width) / 2
        bottom = y0 + 12 + row * 26
        rings.append(turned(box(left, bottom, width, SLAB_DEPTH), _middle(plot), tilt))
    return rings


def towers(plot: Plot, count: int) -> list[Ring]:
    """Footprints of up to four towers in a square."""
    x0, y0 = plot.corner
    return [box(x0 + 24 + (n % 2) * 64, y0 + 16 + (n // 2) * 56, TOWER_SIDE, TOWER_SIDE) for n in range(count)]


def surroundings() -> dict:
    """GeoJSON FeatureCollection of roads, river and green, for the community's map."""
    width = COLUMNS * (PLOT_WIDTH + ROAD) - ROAD
    height = ROWS * (PLOT_HEIGHT + ROAD) - ROAD
    features = [
        _line(
            "road",
            "",
            [
                [-ROAD, row * (PLOT_HEIGHT + ROAD) - ROAD / 2],
                [width + ROAD, row * (PLOT_HEIGHT + ROAD) - ROAD / 2],
            ],
        )
        for row in range(ROWS + 1)
    ]
    features += [
        _line(
            "road",
            "",
            [
                [c * (PLOT_WIDTH + ROAD) - ROAD / 2, -ROAD],
                [c * (PLOT_WIDTH + ROAD) - ROAD / 2, height + ROAD],
            ],
        )
        for c in range(COLUMNS + 1)
    ]
    bank = width + ROAD + 6
    river = [
        [bank, -ROAD],
        [bank + 40, -ROAD],
        [bank + 48, height / 2],
        [bank + 38, height + ROAD],
        [bank - 2, height + ROAD],
        [bank + 6, height / 2],
        [bank, -ROAD],
    ]
    features.append(_area("water", "晚渔河", river))
    for plot in PLOTS:
        x, y = plot.corner
        if plot.use == "park":
            features.append(_area("green", plot.name, plot.ring))
        elif plot.use == "school":
            features.append(_area("green", f"{plot.name}操场", box(x + 16, y + 16, 104, 80)))
        elif plot.use == "centre":
            features.append(_area("green", f"{plot.name}广场", box(x + 16, y + 14, 104, 84)))
    return {"type": "FeatureCollection", "features": features}


def _middle(plot: Plot) -> tuple[float, float]:
    x, y = plot.corner
    return x + PLOT_WIDTH / 2, y + PLOT_HEIGHT / 2


def _line(kind: str, name: str, points: Ring) -> dict:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "name": name},
        "geometry": {"type": "LineString", "coordinates": points},
    }


def _area(kind: str, name: str, ring: Ring) -> dict:
    return {"type": "Feature", "properties": {"kind": kind, "name": name}, "geometry": polygon(ring)}
