"""The views of the analysis room: each app declares in its ``AppConfig.ready`` what of its tables may be studied.

``view("residents", RESIDENTS)``: the shape (declared columns and values, nothing protected) and a function that yields, for
each person that may be studied, the values of one row. Pseudonyms are put on afterwards, by the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from linli.foundation.privacy.analysis.rules.shapes import Shape
from linli.foundation.privacy.purposes import Words

Values = Mapping[str, str]
Measures = Mapping[str, float]
Found = Iterable[tuple[int, Values, Measures]]
"""Whom a row is about (the resident's key), its columns, its measures."""


@dataclass(frozen=True)
class View:
    """``shape()`` is asked inside the community; ``rows(on, people, about)`` may speak of ``people`` only. ``about`` names
    the study for what the door must record."""

    key: str
    title: Words
    words: Words
    shape: Callable[[], Shape]
    rows: Callable[[date, Collection[int], str], Found]


_views: dict[str, View] = {}


def view(made: View) -> None:
    """Declare a view; its key once only."""
    if made.key in _views:
        raise RuntimeError(f"the view {made.key} is declared already")
    _views[made.key] = made


def views() -> dict[str, View]:
    return dict(_views)
