"""Reading a partner's list: the identity numbers in an Excel or CSV file, whatever else stands there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from linli.foundation.errors import Invalid
from linli.foundation.privacy.joint.rules.bands import band_of
from linli.foundation.registry.importing.reading import read_table
from linli.foundation.registry.rules.identity import BadIdentity, Checked, birth_date_of, checked, normalised

HEADINGS = ("身份证号码", "身份证号", "公民身份号码", "身份证", "identity number", "identity_number", "id number")


@dataclass(frozen=True)
class PartnersList:
    """``digest`` is of the file; ``children`` under 14 are left out."""

    found: Checked
    numbers: frozenset[str]
    digest: str
    children: int


def read_list(path: Path, on: date) -> PartnersList:
    """The numbers of the column named 身份证号, or of the first column that holds one.

    Raises :class:`~linli.foundation.errors.Invalid` for a file that is no table or has no such column.
    """
    content = path.read_bytes()
    table = read_table(content)
    lines = [(1, table.headings), *table.lines]
    column = _column(lines)
    start = 0 if _is_number(table.headings[column]) else 1
    found = checked((line, cells[column] if column < len(cells) else "") for line, cells in lines[start:])
    grown = frozenset(one for one in found.numbers if band_of(birth_date_of(one), on) is not None)
    return PartnersList(found, grown, hashlib.sha256(content).hexdigest(), len(found.numbers) - len(grown))


def in_bands(numbers: frozenset[str], on: date, groups: int) -> list[list[str]]:
    """The members by age band on a day, from the birth dates in the numbers."""
    bands: list[list[str]] = [[] for _ in range(groups)]
    for number in numbers:
        band = band_of(birth_date_of(number), on)
        if band is not None:
            bands[band].append(number)
    return bands


def _column(lines: list) -> int:
    headings = [str(cell or "").strip().lower() for cell in lines[0][1]]
    for name in HEADINGS:
        if name in headings:
            return headings.index(name)
    for _line, cells in lines[:20]:
        for number, cell in enumerate(cells):
            if _is_number(cell):
                return number
    raise Invalid("no column holds identity numbers", code="no_identity_numbers", field="file")


def _is_number(cell: object) -> bool:
    try:
        normalised(cell)
    except BadIdentity:
        return False
    return True
