"""Files for spreadsheets: nothing in them runs, whatever somebody typed, and each is marked."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from linli.foundation.documents.spreadsheets import FORMULA_STARTS, Stamp, as_csv, as_xlsx, plain

STAMP = Stamp("DC260302-ABCDE", "网格员 =王芳", datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
words = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+A1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠SUM", "\x00=1+1", "\u200b=1+1"]
)
def test_words_that_a_spreadsheet_would_run_get_an_apostrophe(hostile):
    assert plain(hostile) == f"'{hostile}"


def test_numbers_stay_numbers_and_times_are_local():
    assert plain(-3) == -3
    assert plain(datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) == datetime(2026, 3, 2, 9, 0)


@given(st.lists(st.lists(words, min_size=2, max_size=2), max_size=6))
@example([["a", "\x00=1+1"]])
def test_no_cell_of_any_file_begins_as_a_formula(rows):
    listed = as_csv(["姓名", "=话"], rows, stamp=STAMP).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(listed, newline="")):
        assert not [cell for cell in row if cell.startswith(FORMULA_STARTS)]
    sheet = load_workbook(io.BytesIO(as_xlsx("表", ["姓名", "=话"], rows, stamp=STAMP))).active
    for row in sheet.iter_rows():
        assert not [cell for cell in row if cell.data_type == "f"]


def test_the_mark_is_in_the_last_row_the_printed_foot_and_the_properties():
    book = load_workbook(io.BytesIO(as_xlsx("事件 [1]?", ["a"], [["b"]], stamp=STAMP)))
    assert book.active.title == "事件 1"
    assert book.active.cell(3, 1).value == STAMP.words
    assert STAMP.number in book.active.oddFooter.center.text
    assert book.properties.identifier == STAMP.number
    assert "2026-03-02 09:00" in STAMP.words
