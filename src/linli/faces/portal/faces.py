"""Five faces from satisfied to very dissatisfied: the words say it, the drawing only helps."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from linli.act.casework.models import Rating


@dataclass(frozen=True)
class Face:
    """``d`` draws eyes and mouth in a circle of 24 × 24."""

    value: int
    name: str | Promise
    d: str


_DRAWN = {
    Rating.Satisfaction.SATISFIED: "M8.5 10v.1M15.5 10v.1M8 13.5c1.500 4 6.500 4 8 0z",
    Rating.Satisfaction.BASICALLY_SATISFIED: "M8.5 10v.1M15.5 10v.1M8.5 14.5c2 2 5 2 7 0",
    Rating.Satisfaction.NEUTRAL: "M8.5 10v.1M15.5 10v.1M8.5 15h7",
    Rating.Satisfaction.DISSATISFIED: "M8.5 10v.1M15.5 10v.1M8.5 16c2-2 5-2 7 0",
    Rating.Satisfaction.VERY_DISSATISFIED: "M7.5 8.5l2 1.500M16.5 8.5l-2 1.500M8 17c2-3.500 6-3.500 8 0",
}

FACES = tuple(Face(value, Rating.Satisfaction(value).label, d) for value, d in _DRAWN.items())
