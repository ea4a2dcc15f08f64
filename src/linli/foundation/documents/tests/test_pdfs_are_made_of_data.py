"""What a PDF shows, who it says made it, and that nobody's words can run."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from linli.foundation.documents import NoChineseFont, qr_svg, render_pdf
from linli.foundation.documents.rendering import first_chinese

NOON = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
SOURCES = Path(__file__).parents[3]


def words(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def example(title="同意书", value="王秀英", **more) -> bytes:
    data = {
        "title": title,
        "facts": [["姓名", value]],
        "head": ["日期", "事情"],
        "rows": [["3月9日", "漏水"]],
        "qr": qr_svg("https://linli.example/x"),
        **more,
    }
    return render_pdf("documents/example.typ", data, who="网格员 陈静", when=NOON)


def test_it_shows_chinese_as_text_that_can_be_searched():
    shown = words(example())
    assert "同意书" in shown
    assert "王秀英" in shown
    assert "漏水" in shown


def test_every_page_says_who_made_it_and_when_in_local_time():
    pages = PdfReader(io.BytesIO(example(rows=[["3月9日", "漏水"]] * 60))).pages
    assert len(pages) > 1
    assert all("网格员 陈静 · 2026-03-09 12:00" in page.extract_text() for page in pages)


def test_what_somebody_typed_is_printed_and_never_run():
    typed = '#eval("6*7") #read("/etc/hostname") $x^2$ *粗* \\n #import "@preview/a:1.0.0"'
    assert re.sub(r"\s", "", typed) in re.sub(r"\s", "", words(example(value=typed)))


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_no_words_break_a_document(typed):
    assert example(title=typed or "x", value=typed).startswith(b"%PDF")


def test_the_same_facts_give_the_same_bytes():
    assert example() == example()


def test_it_is_tagged_for_screen_readers():
    assert "/StructTreeRoot" in PdfReader(io.BytesIO(example())).trailer["/Root"]


def test_a_document_that_nobody_wrote_is_an_error():
    with pytest.raises(LookupError):
        render_pdf("documents/none.typ", {}, who="x")


def test_a_machine_without_chinese_letters_says_what_to_install():
    with pytest.raises(NoChineseFont, match="fonts-noto-cjk"):
        first_chinese(["DejaVu Sans"])


def test_no_template_evaluates_or_fetches():
    templates = [*SOURCES.rglob("documents/**/*.typ")]
    assert templates
    for one in templates:
        text = one.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|@preview|\bread\(", text), one
