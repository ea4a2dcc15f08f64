"""Checking a whole table against its template, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.registry.rules.cells import CLEAR, BadCell, plain
from linli.foundation.registry.rules.geometry import rectangle
from linli.foundation.registry.rules.templates import Column, Template, fold

SHAPE_FIELDS = {"outline", "footprint"}
EMPTY = {"living_alone": False, "has_lift": False, "outline": {}, "name": "", "phone": ""}
"""What an optional field becomes when it is cleared; the others become unknown (``None``)."""


class BadHeading(ValueError):
    """The heading row is not that of the template; the message says which columns are missing or doubled."""


@dataclass(frozen=True)
class Fault:
    """``column`` is the heading as the reader sees it."""

    column: str
    reason: str


@dataclass
class Row:
    """One line of the file: ``values`` holds only the fields that the person gave (an optional blank is absent)."""

    line: int
    cells: Sequence[object]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def reject(self, column: str, reason: str) -> None:
        self.faults.append(Fault(column, reason))


def match_headings(template: Template, headings: Sequence[object]) -> tuple[list[Column | None], list[str]]:
    """For each heading its column or ``None``, and the headings that the template does not know.

    Raises :class:`BadHeading` when a required column is missing or a column stands twice.
    """
    known = template.by_heading
    columns = [known.get(fold(h)) for h in headings]
    found = [c for c in columns if c]
    if not found:
        first = next((plain(h) for h in headings if plain(h)), "")
        raise BadHeading(
            _("第一行应当是列名（例如：%(names)s），这里是“%(first)s”。请删掉标题行和合并的单元格，或者下载空白模板。")
            % {"names": "、".join(c.heading for c in template.columns[:3]), "first": first[:30]}
        )
    twice = {c.heading for c in found if found.count(c) > 1}
    if twice:
        raise BadHeading(_("有重复的列：%(names)s。") % {"names": "、".join(sorted(twice))})
    missing = [c.heading for c in template.columns if c.required and c not in found]
    if missing:
        raise BadHeading(_("缺少必填的列：%(names)s。列名不能合并单元格。") % {"names": "、".join(missing)})
    return columns, [plain(h) for h, c in zip(headings, columns, strict=True) if c is None and plain(h)]


def check_rows(
    template: Template,
    columns: Sequence[Column | None],
    lines: Iterable[tuple[int, Sequence[object]]],
    *,
    today: date,
) -> list[Row]:
    """Every line that is not blank, parsed; faults are collected, all of them, not only the first.

    A line whose key stands earlier in the file is rejected with the line number of the first.
    """
    rows: list[Row] = []
    seen: dict[tuple, int] = {}
    for line, given in lines:
        if not any(plain(cell) for cell in given):
            continue
        row = _parse(columns, Row(line, given), today)
        _join_shape(template, row)
        key = tuple(row.values.get(f) for f in template.key)
        if None not in key:
            first = seen.setdefault(key, line)
            if first != line:
                heading = template.column(template.key[-1]).heading
                row.reject(heading, _("与第 %(line)d 行重复。") % {"line": first})
        rows.append(row)
    return rows


def _parse(columns: Sequence[Column | None], row: Row, today: date) -> Row:
    for position, column in enumerate(columns):
        if column is None:
            continue
        cell = row.cells[position] if position < len(row.cells) else None
        words = plain(cell)
        if not words:
            if column.required:
                row.reject(column.heading, _("不能空着。"))
        elif words == CLEAR and not column.required:
            row.values[column.field] = EMPTY.get(column.field)
        elif words.startswith("=") or words == "#REF!":
            row.reject(column.heading, _("这里是公式，请复制后“选择性粘贴”为数值。"))
        else:
            try:
                row.values[column.field] = column.parse(cell, today)
            except BadCell as error:
                row.reject(column.heading, str(error))
    return row


def _join_shape(template: Template, row: Row) -> None:
    """Turn x, y, width, depth, angle into the polygon of the template that has one."""
    target = next((c for c in template.columns if c.field in SHAPE_FIELDS), None)
    if target is None:
        return
    numbers = {name: row.values.pop(name, None) for name in ("x", "y", "width", "depth", "angle")}
    x, y, width, depth = sides = [numbers[name] for name in ("x", "y", "width", "depth")]
    if target.field in row.values or all(v is None for v in sides):
        return
    if any(v is None for v in sides):
        row.reject(target.heading, _("x、y、宽、深要一起填。"))
        return
    row.values[target.field] = rectangle(x, y, width, depth, numbers["angle"] or 0.0)
