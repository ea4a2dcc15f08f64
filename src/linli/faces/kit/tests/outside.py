"""What a page shows outside the gate: for tests of every page that strangers read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = frozenset({"script", "style", "time", "svg", "title", "th"})
"""Elements whose digits are no counts: moments, drawings, the page's name, and the names of rows and columns."""
VOID = frozenset(
    {"br", "hr", "img", "input", "link", "meta", "path", "use", "circle", "polygon", "rect", "line", "wbr"}
)

PLACES = frozenset({"wn"})
"""Classes of elements that number the entries of a list."""


class _Outside(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        if tag not in VOID:
            given = dict(attrs)
            covered = tag in SILENT or "data-gate" in given or given.get("class") in PLACES
            self.open.append((tag, covered))

    def handle_endtag(self, tag) -> None:
        if tag in VOID:
            return
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data) -> None:
        if not any(covered for _tag, covered in self.open):
            self.words.append(data)


def digits_outside_the_gate(html: str, *allowed: str) -> list[str]:
    """Every text with a digit that stands in no element with ``data-gate``; ``allowed`` are patterns of what is no count."""
    parser = _Outside()
    parser.feed(html)
    found = []
    for words in parser.words:
        for pattern in allowed:
            words = re.sub(pattern, "", words)
        if re.search(r"\d", words):
            found.append(words.strip())
    return found
