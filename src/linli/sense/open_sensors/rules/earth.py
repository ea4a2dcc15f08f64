"""From the neighbourhood's local frame (metres east and north of its origin) to degrees. Pure.

Within a few kilometres the earth is flat to a centimetre: one degree of latitude and longitude at the origin, by the
series of the WGS 84 ellipsoid (NIMA TR 8350.2), is enough.
"""

from __future__ import annotations

from math import cos, radians

DECIMALS = 6
"""Six decimals of a degree are 0.1 m."""


def degrees_of(latitude: float, longitude: float, x: float, y: float) -> tuple[float, float]:
    """(longitude, latitude) of the point ``x`` metres east and ``y`` metres north of the origin, as GeoJSON orders them."""
    at = radians(latitude)
    metres_north = 111_132.954 - 559.822 * cos(2 * at) + 1.175 * cos(4 * at)
    metres_east = 111_412.84 * cos(at) - 93.5 * cos(3 * at) + 0.118 * cos(5 * at)
    return round(longitude + x / metres_east, DECIMALS), round(latitude + y / metres_north, DECIMALS)


def middle(ring: list[list[float]]) -> tuple[float, float]:
    """The middle of a ring's bounding box, metres."""
    xs, ys = [point[0] for point in ring], [point[1] for point in ring]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
