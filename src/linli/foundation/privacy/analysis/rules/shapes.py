"""What a study may look at: views with declared columns, and the questions that can be asked of them. Pure.

There is no query language: a question is a view, up to two columns to group by, values to keep, and a count or a mean.
Anything else cannot be written down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_GROUPS = 2
MOST_CELLS = 60
"""Cells of one answer: more would be a list of people."""


class BadQuestion(ValueError):
    """A question that cannot be asked; ``code`` says why: ``view``, ``column``, ``value``, ``measure``, ``groups``,
    ``cells``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Measure:
    """A number of each row, cut to ``low`` … ``high``; a mean is told with ``digits`` after the point."""

    title: str
    unit: str
    low: float
    high: float
    digits: int = 1


@dataclass(frozen=True)
class Shape:
    """``columns`` are declared values by column: key → words. ``cap`` is how many rows one person brings at most."""

    view: str
    title: str
    columns: Mapping[str, Mapping[str, str]]
    titles: Mapping[str, str]
    measures: Mapping[str, Measure]
    cap: int = 1

    def as_json(self) -> dict[str, Any]:
        measures = {
            key: [one.title, one.unit, one.low, one.high, one.digits] for key, one in sorted(self.measures.items())
        }
        return {
            "view": self.view,
            "title": self.title,
            "columns": [[key, dict(values)] for key, values in self.columns.items()],
            "titles": dict(self.titles),
            "measures": measures,
            "cap": self.cap,
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Shape:
        return cls(
            view=facts["view"],
            title=facts["title"],
            columns=dict(facts["columns"]),
            titles=facts["titles"],
            measures={key: Measure(*one) for key, one in facts["measures"].items()},
            cap=facts["cap"],
        )


@dataclass(frozen=True)
class Row:
    """One pseudonymised row: ``key`` is whose (``person``, or ``person/2`` for a further row of the same person), then
    the value of each column and the measures that are known."""

    key: str
    values: Mapping[str, str]
    measures: Mapping[str, float]


@dataclass(frozen=True)
class Question:
    """``keep`` are the values that count, by column; a column that is not named keeps all. ``measure`` empty: a count."""

    view: str
    group_by: tuple[str, ...] = ()
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measure: str = ""

    def check(self, shape: Shape) -> None:
        """Raises :class:`BadQuestion`."""
        if self.view != shape.view:
            raise BadQuestion("view")
        if len(self.group_by) > MOST_GROUPS or len(set(self.group_by)) != len(self.group_by):
            raise BadQuestion("groups")
        if not {*self.group_by, *self.keep} <= set(shape.columns):
            raise BadQuestion("column")
        for column, values in self.keep.items():
            if not values or not set(values) <= set(shape.columns[column]):
                raise BadQuestion("value")
        if self.measure and self.measure not in shape.measures:
            raise BadQuestion("measure")
        if len(self.cells(shape)) > MOST_CELLS:
            raise BadQuestion("cells")

    def cells(self, shape: Shape) -> list[tuple[str, ...]]:
        """Every cell of the answer, in the order of the declared values, whether or not anybody is in it."""
        found: list[tuple[str, ...]] = [()]
        for column in self.group_by:
            kept = [value for value in shape.columns[column] if value in self.keep.get(column, (value,))]
            found = [(*cell, value) for cell in found for value in kept]
        return found

    def as_json(self) -> dict[str, Any]:
        keep = {column: sorted(values) for column, values in sorted(self.keep.items())}
        return {"view": self.view, "group_by": list(self.group_by), "keep": keep, "measure": self.measure}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Question:
        """Raises :class:`BadQuestion` for anything that is not of this shape."""
        try:
            keep = {str(column): tuple(map(str, values)) for column, values in dict(facts.get("keep") or {}).items()}
            group_by = tuple(map(str, facts.get("group_by") or ()))
            return cls(str(facts["view"]), group_by, keep, str(facts.get("measure") or ""))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadQuestion("view") from error


def canonical(facts: Any) -> bytes:
    """One way to write it, for digests."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
