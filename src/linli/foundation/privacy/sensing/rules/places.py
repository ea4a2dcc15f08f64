"""Which places a declaration covers. Pure."""

from __future__ import annotations

from typing import NamedTuple

NEAREST_FIRST = ("home", "facility", "entrance", "building", "estate")


class Spot(NamedTuple):
    """Where a device of ``type`` stands, as primary keys: the nearest place and the wider ones around it."""

    type: str
    home: int | None = None
    facility: int | None = None
    entrance: int | None = None
    building: int | None = None
    estate: int | None = None


class Where(NamedTuple):
    """The place of a declaration: at most one key is set, none stands for the whole community."""

    inside_homes: bool = False
    home: int | None = None
    facility: int | None = None
    entrance: int | None = None
    building: int | None = None
    estate: int | None = None


def covers(where: Where, spot: Spot) -> bool:
    """Whether a declaration made for ``where`` speaks of a device at ``spot``.

    What is declared for shared places never reaches into a home, and the other way round.
    """
    if where.inside_homes != (spot.home is not None):
        return False
    for declared, stands in zip(where[1:], spot[1:], strict=True):
        if declared is not None:
            return declared == stands
    return True
