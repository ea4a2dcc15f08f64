"""Opening what a person uploads: .xlsx, .xls or CSV in the encodings that Chinese offices use."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.foundation.errors import Invalid

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 300 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200

_OTHER_FILES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_CELL = re.compile(rb'<c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"|<f[ >]')
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Table:
    """``lines`` are (line number in the file from 1, cells) below the heading line."""

    headings: Sequence[object]
    lines: list[tuple[int, Sequence[object]]]


def read_table(content: bytes) -> Table:
    """The first table of the file; raises :class:`Invalid` that says what is wrong with the file and what to do."""
    if len(content) > LARGEST_FILE:
        raise _wrong("file_too_large", _("文件有 %(size).1f MB，最多 %(max)d MB。请分成几个文件。") % {
            "size": len(content) / 1024**2, "max": LARGEST_FILE // 1024**2,
        })  # fmt: skip
    if not content.strip():
        raise _wrong("file_empty", _("文件是空的。"))
    for magic, name in _OTHER_FILES:
        if content.startswith(magic):
            raise _wrong(
                "file_not_a_table",
                _("这是 %(kind)s 文件，请上传 Excel（.xlsx、.xls）或 CSV 表格。") % {"kind": name},
            )
    if content.startswith(b"PK"):
        _refuse_hostile_workbook(content)
        lines = _workbook_lines(content)
    elif content.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in content:
            raise _locked()
        lines = _workbook_lines(content)
    else:
        lines = _csv_lines(content)
    filled = [(n, cells) for n, cells in lines if any(c not in ("", None) for c in cells)]
    if not filled:
        raise _wrong("file_empty", _("表格里没有内容。"))
    if len(filled) - 1 > MOST_ROWS:
        raise _wrong(
            "too_many_rows",
            _("有 %(n)d 行，一次最多 %(max)d 行。请分成几个文件。") % {"n": len(filled) - 1, "max": MOST_ROWS},
        )
    return Table(headings=filled[0][1], lines=filled[1:])


def _wrong(code: str, message: str) -> Invalid:
    return Invalid(message, code=code, field="file")


def _locked() -> Invalid:
    return _wrong("file_locked", _("文件有密码，请去掉密码后再上传。"))


def _workbook_lines(content: bytes) -> list[tuple[int, Sequence[object]]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_object(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except PasswordError as error:
        raise _locked() from error
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _wrong(
            "file_damaged", _("Excel 文件打不开，可能已经损坏。请用 Excel 或 WPS 打开后另存为 .xlsx。")
        ) from error
    return list(enumerate(rows, start=1))


def _refuse_hostile_workbook(content: bytes) -> None:
    """Look into the archive before the reader does, which would reserve memory for every cell up to the last.

    Refuses other zip files, archives that unpack to more than 300 MB, a stray cell far outside the table, and
    formulas (whose stored result may be missing or stale).
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            raise _wrong("file_not_a_table", _("这不是 Excel 表格，请上传 .xlsx、.xls 或 CSV。"))
        if _unpacked_size(archive) > LARGEST_UNPACKED:
            raise _wrong("file_too_large", _("文件解开后太大，请只保留要导入的一张表。"))
        for name in (n for n in names if n.startswith("xl/worksheets/sheet")):
            with archive.open(name) as sheet:
                _refuse_hostile_sheet(sheet, first=name.endswith("/sheet1.xml"))
    except (zipfile.BadZipFile, RuntimeError, EOFError, zlib.error) as error:
        raise _wrong(
            "file_damaged", _("Excel 文件打不开，可能已经损坏。请用 Excel 或 WPS 打开后另存为 .xlsx。")
        ) from error


def _unpacked_size(archive: zipfile.ZipFile) -> int:
    """Bytes that the archive unpacks to. What its directory says is only what its maker wrote there: a part that holds
    another number is a trap for a reader that believes it, and raises :class:`EOFError`."""
    entries = archive.infolist()
    said = sum(entry.file_size for entry in entries)
    if said <= LARGEST_UNPACKED:
        for entry in entries:
            one_more = copy(entry)
            one_more.file_size += 1
            size = 0
            with archive.open(one_more) as part:
                while chunk := part.read(_CHUNK):
                    size += len(chunk)
            if size != entry.file_size:
                raise EOFError
    return said


def _refuse_hostile_sheet(sheet, *, first: bool) -> None:
    line, tail = 0, b""
    while chunk := sheet.read(_CHUNK):
        text = tail + chunk
        cut = text.rfind(b"<") if len(chunk) == _CHUNK else len(text)
        text, tail = text[:cut], text[cut:]
        for cell in _CELL.finditer(text):
            if cell[1] is None:
                if first:
                    raise _wrong(
                        "file_has_formulas",
                        _("第 %(line)d 行有公式，请复制后“选择性粘贴”为数值再上传。") % {"line": line},
                    )
                continue
            line = int(cell[2])
            if line > MOST_ROWS * 2 or _column_number(cell[1]) > MOST_COLUMNS:
                raise _wrong("file_too_wide", _("%(cell)s 单元格离表格太远，请删掉多余的行和列。") % {
                    "cell": (cell[1] + cell[2]).decode(),
                })  # fmt: skip


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _csv_lines(content: bytes) -> list[tuple[int, Sequence[object]]]:
    words = _decode(content)
    heading = words.lstrip().split("\n", 1)[0]
    separator = max(",\t;", key=heading.count)
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=separator)
    lines: list[tuple[int, Sequence[object]]] = []
    starts_at = 1
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise _wrong("file_too_wide", _("第 %(line)d 行的列太多。") % {"line": starts_at})
            lines.append((starts_at, cells))
            starts_at = reader.line_num + 1
    except csv.Error as error:
        raise _wrong("file_damaged", _("第 %(line)d 行的引号不配对，请检查。") % {"line": starts_at}) from error
    return lines


def _decode(content: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with mark (Excel's "Unicode text"), else GB 18030 (Excel's CSV in China)."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in words:
            return words
    raise _wrong("file_not_a_table", _("看不懂这个文件，请上传 Excel（.xlsx、.xls）或 CSV 表格。"))
