"""Hiding small cells of a table so that they cannot be worked out again from its totals.

Cells of 1 to 4, and those of fewer than five people, are hidden first; others are hidden with them until whoever knows every published number, and that each
hidden one is a whole number above zero, still cannot tell a small cell apart from 1 (a total: from the number of its parts that are not zero) … its value + ``WIDTH``. Which others is
found by one small linear program for each cell that needs protection: the cheapest change of the table that leaves
what is published as it is (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001). The result is audited exactly before it
leaves: :func:`ranges` asks HiGHS for the smallest and the largest value that each hidden cell may have.

Zeros stay visible: in a neighbourhood they are usually known anyway, and an attacker is assumed to know that.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

FEWEST = 5
WIDTH = 4
"""How far above its value a hidden small cell must possibly lie."""
_FAR = 10**6
_TOTALS_COST = 8.0

Cell = Hashable
Sums = Sequence[tuple[Cell, Sequence[Cell]]]
"""What everybody knows of the table: (total, its parts)."""


class NotProtected(RuntimeError):
    """No set of hidden cells protects this table; it must not be published."""


@dataclass(frozen=True)
class Range:
    low: int
    high: int


def two_way(counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]) -> tuple[dict, Sums]:
    """All cells of a table with its totals, which stand under ``""``, and the sums that tie them."""
    cells: dict[Cell, int] = {(r, c): counts.get((r, c), 0) for r in rows for c in columns}
    sums: list[tuple[Cell, Sequence[Cell]]] = []
    sums += [((r, ""), [(r, c) for c in columns]) for r in rows]
    sums += [(("", c), [(r, c) for r in rows]) for c in columns]
    sums += [(("", ""), [(r, "") for r in rows]), (("", ""), [("", c) for c in columns])]
    for total, parts in sums:
        cells[total] = sum(cells[part] for part in parts)
    return cells, sums


def hidden_cells(cells: Mapping[Cell, int], sums: Sums, few: Collection[Cell] = ()) -> frozenset[Cell]:
    """The cells to hide: the small ones, those of ``few`` people whatever their size, and whatever would tell them. Raises :class:`ValueError` for cells that do not add up, :class:`NotProtected`."""
    for total, parts in sums:
        if cells[total] != sum(cells[part] for part in parts):
            raise ValueError(f"{total} is not the sum of its parts")
    if any(type(value) is not int or value < 0 for value in cells.values()):
        raise ValueError("a count is a whole number from zero on")
    small = sorted(
        (cell for cell, value in cells.items() if value > 0 and (value < FEWEST or cell in few)),
        key=lambda cell: -cells[cell],
    )
    hidden = set(small)
    totals = {total for total, _ in sums}
    some = [cell for cell, value in cells.items() if value]
    lowest = {cell: _extreme(cells, sums, some, cell, 1) if cell in totals else 1 for cell in small}
    for cell in small:
        for change in (WIDTH, lowest[cell] - cells[cell]):
            if change:
                hidden |= _moved(cells, sums, hidden, totals, cell, change)
    audited = ranges(cells, sums, hidden, small)
    for cell in small:
        if audited[cell].low > lowest[cell] or audited[cell].high < cells[cell] + WIDTH:
            raise NotProtected(f"{cell} lies between {audited[cell].low} and {audited[cell].high}")
    return frozenset(hidden)


def ranges(
    cells: Mapping[Cell, int], sums: Sums, hidden: Iterable[Cell], asked: Iterable[Cell] | None = None
) -> dict[Cell, Range]:
    """What each hidden cell (or each one ``asked`` for) may be, for somebody who knows all that is published."""
    unknown = list(dict.fromkeys(hidden))
    return {
        cell: Range(_extreme(cells, sums, unknown, cell, 1), _extreme(cells, sums, unknown, cell, -1))
        for cell in (unknown if asked is None else asked)
    }


def _moved(
    cells: Mapping[Cell, int], sums: Sums, hidden: set[Cell], totals: set[Cell], target: Cell, change: int
) -> set[Cell]:
    """The cells that move in the cheapest other table in which ``target`` is ``change`` more; zeros cannot move."""
    model, _ = _model()
    columns: dict[Cell, tuple[int, int]] = {}
    for cell, value in cells.items():
        if value == 0:
            continue
        cost = 0.0 if cell in hidden else log2(2 + value) * (_TOTALS_COST if cell in totals else 1.0)
        first = model.getNumCol()
        for column, most in ((first, _FAR), (first + 1, value - 1)):
            model.addVar(0, most)
            model.changeColCost(column, cost + 1e-6)
        columns[cell] = (first, first + 1)
    for total, parts in sums:
        index, weights = [], []
        for cell, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if cell in columns:
                index += list(columns[cell])
                weights += [sign, -sign]
        if index:
            model.addRow(0, 0, len(index), index, weights)
    up_column, down_column = columns[target]
    model.addRow(change, change, 2, [up_column, down_column], [1.0, -1.0])
    model.run()
    if not _solved(model):
        raise NotProtected(f"{target} cannot be {change} more in any other table")
    found = model.getSolution().col_value
    return {cell for cell, (up_, down_) in columns.items() if abs(found[up_] - found[down_]) > 1e-6}


def _extreme(cells: Mapping[Cell, int], sums: Sums, unknown: Sequence[Cell], target: Cell, sign: int) -> int:
    """The smallest (``sign`` 1) or largest (−1) whole value of ``target``."""
    model, whole = _model()
    column = {cell: n for n, cell in enumerate(unknown)}
    for cell in unknown:
        model.addVar(1, _FAR)
        model.changeColIntegrality(column[cell], whole)
    for total, parts in sums:
        known = 0
        index, weights = [], []
        for cell, weight in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if cell in column:
                index.append(column[cell])
                weights.append(weight)
            else:
                known += int(weight) * cells[cell]
        if index:
            model.addRow(-known, -known, len(index), index, weights)
    model.changeColCost(column[target], float(sign))
    model.run()
    if not _solved(model):
        raise NotProtected(f"the range of {target} cannot be told")
    return round(model.getSolution().col_value[column[target]])


def _model() -> tuple[Any, Any]:
    import highspy

    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    return model, highspy.HighsVarType.kInteger


def _solved(model: Any) -> bool:
    import highspy

    return model.getModelStatus() == highspy.HighsModelStatus.kOptimal
