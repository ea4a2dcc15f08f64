"""The Excel files that people get: a blank template to fill in, and the rejected rows with the reason for each."""

from __future__ import annotations

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.rules.cells import plain
from linli.foundation.registry.rules.templates import Template

_BOLD = Font(bold=True)
_TEXT = "@"
_NEEDED = PatternFill("solid", fgColor="DCEFE7")
_AT_FAULT = PatternFill("solid", fgColor="FBE3D6")
_LONGEST_SHOWN = 32_000
ROWS_READY = 1_000
"""Empty rows of a blank template whose cells are already formatted as text, so that Excel keeps 0 and 138… whole."""


def blank_template(template: Template) -> bytes:
    """An .xlsx with the headings, an example row, and a second sheet that explains each column."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(str(template.title)[:31])
    for position, column in enumerate(template.columns, start=1):
        heading = sheet.cell(1, position, column.heading)
        heading.font = _BOLD
        if column.required:
            heading.fill = _NEEDED
        sheet.cell(2, position, column.example)
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = max(12, 2 * len(column.zh) + 4)
        sheet.column_dimensions[letter].number_format = _TEXT
        for line in range(2, ROWS_READY + 2):
            sheet.cell(line, position).number_format = _TEXT
    sheet.freeze_panes = "A2"
    _explain(book, template)
    return _bytes(book)


def _explain(book: Workbook, template: Template) -> None:
    notes = book.create_sheet(_("填写说明"))
    for words in (
        _("第一张表第 2 行是例子，填写前请删掉。底色深的列必须填。"),
        _("编号相同的行会更新已有的记录，不会重复添加；同一个文件再导入一次，什么也不会变。"),
        _("空着的格子不改动已有的内容；要清空一项，填一个减号 -。"),
    ):
        notes.append([words])
    notes.append([])
    notes.append([_("列"), _("必填"), _("例子"), _("说明")])
    for cell in notes[5]:
        cell.font = _BOLD
    for column in template.columns:
        notes.append([column.heading, _("是") if column.required else "", column.example, str(column.note)])
    for letter, width in zip("ABCD", (22, 8, 26, 60), strict=True):
        notes.column_dimensions[letter].width = width


def rejected_rows(report: ImportReport) -> bytes:
    """An .xlsx of the rejected rows as they were, with their line number and the reasons; it can be mended and
    imported again as it is, because the two added columns are ignored."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("没有导入的行"))
    sheet.append([*(_cell(sheet, h, bold=True) for h in report.headings), *(
        _cell(sheet, h, bold=True) for h in (_("原行号"), _("没有导入的原因"))
    )])  # fmt: skip
    for row in report.bad:
        reasons = "；".join(f"{f.column}：{f.reason}" for f in row.faults)
        given = [*row.cells, *([""] * (len(report.headings) - len(row.cells)))]
        reason = _cell(sheet, reasons)
        reason.fill = _AT_FAULT
        reason.alignment = Alignment(wrap_text=True)
        sheet.append([*(_cell(sheet, c) for c in given), _cell(sheet, row.line), reason])
    return _bytes(book)


def _cell(sheet, value: object, *, bold: bool = False) -> Cell:
    """Always text, so that nothing in an uploaded file becomes a formula in the one that is handed back."""
    words = "".join(c for c in plain(value) if c.isprintable() or c == "\n")[:_LONGEST_SHOWN]
    cell = WriteOnlyCell(sheet, words)
    cell.data_type = "s"
    cell.number_format = _TEXT
    if bold:
        cell.font = _BOLD
    return cell


def _bytes(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
