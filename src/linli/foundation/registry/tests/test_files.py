"""Files as people really send them."""

import io
import struct
import tracemalloc
import zipfile

import pytest
from openpyxl import Workbook

from linli.foundation.errors import Invalid
from linli.foundation.registry.importing.reading import LARGEST_FILE, MOST_ROWS, read_table

LINES = "网格编号,网格名称\n1,东\n2,西\n"


def workbook(*rows, at: str | None = None, formula: bool = False) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if at:
        book.active[at] = "x"
    if formula:
        book.active["A3"] = "=1+1"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_csv_reads_the_same_in_every_encoding_and_with_every_separator(encoding, separator):
    table = read_table(LINES.replace(",", separator).replace("\n", "\r\n").encode(encoding))
    assert list(table.headings) == ["网格编号", "网格名称"]
    assert [(n, list(c)) for n, c in table.lines] == [(2, ["1", "东"]), (3, ["2", "西"])]


def test_line_numbers_count_blank_lines_and_cells_with_line_breaks():
    table = read_table('网格编号,网格名称\n\n1,"东\n边"\n2,西\n'.encode())
    assert [n for n, _ in table.lines] == [3, 5]
    book = read_table(workbook([], ["网格编号"], [], [7]))
    assert [n for n, _ in book.lines] == [4]


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512


def other_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<w/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(310):
                sheet.write(b" " * (1 << 20))
    return buffer.getvalue()


def lying_bomb(part: str) -> bytes:
    """A workbook one part of which says that it unpacks to ten bytes and unpacks to 310 MB."""
    buffer = io.BytesIO(workbook(["网格编号"], ["1"]))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if part in archive.namelist():
            part = f"{part}.more"
        with archive.open(part, "w") as inside:
            for _ in range(310):
                inside.write(b" " * (1 << 20))
    content, size = buffer.getvalue(), struct.pack("<I", 310 << 20)
    assert content.count(size) == 2
    return content.replace(size, struct.pack("<I", 10))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/more.xml"])
def test_an_archive_that_lies_about_its_size_is_refused_before_it_is_unpacked(part):
    tracemalloc.start()
    with pytest.raises(Invalid) as refusal:
        read_table(lying_bomb(part))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.code == "file_damaged"
    assert most < 40 * 1024**2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n ", "file_empty"),
        (b"%PDF-1.7", "file_not_a_table"),
        (b"\x89PNG\r\n\x1a\n", "file_not_a_table"),
        (b"\xff\xd8\xff\xe0", "file_not_a_table"),
        (bytes(range(256)) * 4, "file_not_a_table"),
        (other_zip(), "file_not_a_table"),
        (encrypted(), "file_locked"),
        (workbook(["网格编号"])[:-200], "file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "file_damaged"),
        (workbook(["网格编号"], at="XFD1048576"), "file_too_wide"),
        (workbook(["网格编号"], [1], formula=True), "file_has_formulas"),
        (bomb(), "file_too_large"),
        (b"a" * (LARGEST_FILE + 1), "file_too_large"),
        (b"x\n" * (MOST_ROWS + 2), "too_many_rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_used_is_refused_in_words(content, code):
    with pytest.raises(Invalid) as refusal:
        read_table(content)
    assert refusal.value.code == code
    assert refusal.value.field == "file"
    assert str(refusal.value)
