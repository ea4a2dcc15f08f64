"""Tables that people open in a spreadsheet: nothing in them runs, and each says who took it out, when and under which number.

Every file that leaves Linli as CSV or Excel is written here, except the blank templates and returned rows of an import,
which must be importable as they are (``registry/importing/workbooks.py``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take words for a formula (OWASP, CSV injection), full-width forms included."""
FORBIDDEN_IN_TITLES = r"[]:*?/\\"
LONGEST_TITLE = 31

Cell = str | int | float | datetime | date | None


@dataclass(frozen=True)
class Stamp:
    """The mark of one export: ``number`` finds its row, ``who`` is name and role."""

    number: str
    who: str
    at: datetime

    @property
    def words(self) -> str:
        return _("%(number)s · %(who)s · %(at)s 导出，请勿外传") % {
            "number": self.number,
            "who": self.who,
            "at": f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}",
        }


def plain(cell: Cell) -> Cell:
    """Words that a spreadsheet would run get an apostrophe in front, also those that begin so only once what nobody can
    see before them is left out; times become the neighbourhood's clock."""
    if isinstance(cell, str):
        runs = cell.startswith(FORMULA_STARTS) or _printable(cell).startswith(FORMULA_STARTS)
        return f"'{cell}" if runs else cell
    if isinstance(cell, datetime):
        return timezone.localtime(cell).replace(tzinfo=None, microsecond=0) if timezone.is_aware(cell) else cell
    return cell


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, stamp: Stamp) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads the Chinese; the mark stands below the last row."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([plain(column) for column in columns])
    writer.writerows([plain(cell) for cell in row] for row in rows)
    writer.writerow([plain(stamp.words)])
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    stamp: Stamp,
    widths: Sequence[int] = (),
) -> bytes:
    """One sheet with its heading held in place; the mark stands below the last row and in the foot of each printed page."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in title if c not in FORBIDDEN_IN_TITLES)[:LONGEST_TITLE] or "Sheet")
    sheet.freeze_panes = "A2"
    sheet.oddFooter.center.text = stamp.words.replace("&", "&&")
    for position, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width

    def styled(words: str, font: Font):
        cell = WriteOnlyCell(sheet, str(_written(words)))
        cell.font = font
        return cell

    sheet.append([styled(column, Font(bold=True)) for column in columns])
    for row in rows:
        sheet.append([_written(cell) for cell in row])
    sheet.append([styled(stamp.words, Font(italic=True, color="808080"))])
    book.properties.creator = stamp.who
    book.properties.identifier = stamp.number
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _printable(words: str) -> str:
    """Control characters cannot be written into a workbook."""
    return "".join(c for c in words if c.isprintable() or c == "\n")


def _written(cell: Cell) -> Cell:
    """As it stands in a cell of a workbook."""
    safe = plain(cell)
    return _printable(safe) if isinstance(safe, str) else safe
