"""From a question and pseudonymised rows to an answer that may be seen. Pure: the same rows, secret and history give the
same answer, to the last digit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from linli.foundation.privacy.analysis.rules.audit import FEWEST, Rows, is_small, would_tell
from linli.foundation.privacy.analysis.rules.noise import margin, noise
from linli.foundation.privacy.analysis.rules.shapes import Measure, Question, Row, Shape

EPSILON = 0.5
"""What one answer costs."""
COST = 500
"""The same in thousandths, as the ledger counts."""
BUDGET = 5.0
"""What a study may cost altogether: ten answers."""


@dataclass(frozen=True)
class Cell:
    """``count`` of rows and ``mean`` carry noise; both are ``None`` where the cell is hidden."""

    values: tuple[str, ...]
    count: int | None
    mean: float | None = None

    @property
    def hidden(self) -> bool:
        return self.count is None


@dataclass(frozen=True)
class Answer:
    """``give_or_take`` is the error of a count, 19 times in 20."""

    cells: tuple[Cell, ...]
    give_or_take: int

    def as_json(self) -> dict[str, Any]:
        return {
            "cells": [[list(one.values), one.count, one.mean] for one in self.cells],
            "give_or_take": self.give_or_take,
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Answer:
        cells = tuple(Cell(tuple(values), count, mean) for values, count, mean in facts["cells"])
        return cls(cells, facts["give_or_take"])


@dataclass(frozen=True)
class History:
    """The rows of the cells told and hidden so far."""

    told: tuple[Rows, ...] = ()
    hidden: tuple[Rows, ...] = ()


def answer(
    question: Question, shape: Shape, rows: Iterable[Row], history: History, secret: bytes, epsilon: float = EPSILON
) -> tuple[Answer, History]:
    """The gated answer, and the history with it. Raises :class:`~.shapes.BadQuestion`."""
    question.check(shape)
    inside: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if all(row.values[column] in values for column, values in question.keep.items()):
            inside[tuple(row.values[column] for column in question.group_by)].append(row)
    measure = shape.measures.get(question.measure)
    order = question.cells(shape)
    counted = {cell: _counted(inside[cell], question.measure) for cell in order}
    told, found = list(history.told), {}
    small = [*history.hidden, *filter(is_small, counted.values())]
    for cell in sorted(order, key=lambda one: (-len(counted[one]), one)):
        shown = (
            None
            if would_tell(counted[cell], told, small)
            else _shown(cell, inside[cell], counted[cell], measure, question, shape, secret, epsilon)
        )
        if shown is None:
            found[cell] = Cell(cell, None)
            small.append(counted[cell])
        else:
            found[cell] = shown
            told.append(counted[cell])
    cost = epsilon / 2 if measure else epsilon
    cells = tuple(found[cell] for cell in order)
    return Answer(cells, margin(cost, shape.cap)), History(tuple(told), tuple(small))


def _counted(rows: Sequence[Row], measure: str) -> Rows:
    return frozenset(row.key for row in rows if not measure or measure in row.measures)


def _shown(
    cell: tuple[str, ...],
    rows: Sequence[Row],
    keys: Rows,
    measure: Measure | None,
    question: Question,
    shape: Shape,
    secret: bytes,
    epsilon: float,
) -> Cell | None:
    """With its noise; ``None`` where even the noisy number is too small."""
    if measure is None:
        count = len(rows) + noise(secret, f"count {shape.view}", keys, epsilon=epsilon, cap=shape.cap)
        return Cell(cell, count) if count >= FEWEST else None
    known = [row.measures[question.measure] for row in rows if question.measure in row.measures]
    half = epsilon / 2
    count = len(known) + noise(secret, f"count {shape.view} {question.measure}", keys, epsilon=half, cap=shape.cap)
    if count < FEWEST:
        return None
    # In thousandths of the measure's width, so that noise is whole and one person moves the sum by at most cap × 1000.
    width = measure.high - measure.low
    total = round(sum((min(max(value, measure.low), measure.high) - measure.low) / width for value in known) * 1000)
    drawn = noise(secret, f"sum {shape.view} {question.measure}", keys, epsilon=half, cap=shape.cap * 1000)
    mean = measure.low + width * min(max((total + drawn) / 1000 / count, 0.0), 1.0)
    return Cell(cell, count, round(mean, measure.digits))
