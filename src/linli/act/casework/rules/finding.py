"""Finding Chinese words in what was said: how a text is cut for the index, how a question is asked, where the hit stands.

Chinese has no spaces, and a dictionary cuts 下水道漏水 differently from 漏水: whoever searches by dictionary words misses
one for the other. So each run of Chinese characters is indexed as overlapping pairs (bigrams, the usual unit for Chinese
retrieval: Nie, Gao, Zhang and Zhou 2000), its last character alone after them, and a run of letters and digits as one
word. A searched word is the same pairs one after another; one character, or digits that go on, fit as a beginning.

Telephone, identity and card numbers are left out of the index and covered in the excerpt: they are found at the desk by
purpose (``foundation/privacy``), not by trying.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from linli.understand.text.masking import cover_numbers

MOST_TOKENS = 4_000
"""Kept of one column: PostgreSQL counts places in a text up to 16,383, and four columns are counted together."""
MOST_WORDS = 8
BEFORE, AFTER = 14, 46
"""Characters shown before the first hit and from it on."""
GAP = "0gap0"
"""Between two texts of one column, so that no searched word fits across them."""

_RUN = re.compile(r"[\u3400-\u9fff]+|[0-9a-z]+")
_HAN_FIRST = "\u3400"
_BETWEEN = r"[^0-9a-z\u3400-\u9fff]*"


@dataclass(frozen=True)
class Word:
    """One searched word: its ``tokens`` stand one after another, the last may go on where ``open_ended``.

    ``asked`` is what was typed, in normal form, ``pattern`` finds it in a text in that form (:func:`levelled`).
    """

    asked: str
    tokens: tuple[str, ...]
    open_ended: bool
    pattern: str


@dataclass(frozen=True)
class Piece:
    """Of an excerpt; ``hit`` where it is what was searched for."""

    text: str
    hit: bool


def tokens(text: str) -> list[str]:
    """As the index has them, in their order: ``下水道漏水3次`` is 下水 水道 道漏 漏水 水 3 次."""
    found: list[str] = []
    for run in _RUN.findall(levelled(cover_numbers(text))):
        found += [*_pairs(run), run[-1]] if run >= _HAN_FIRST else [run]
    return found


def column(texts: Sequence[str]) -> str:
    """What one column of the index holds of several texts."""
    found: list[str] = []
    for text in texts:
        if text.strip():
            found += [*tokens(text), GAP]
    return " ".join(found[:MOST_TOKENS])


def longer(held: str, text: str) -> str:
    """A column that holds one more text, as :func:`column` has it of all of them."""
    return " ".join([*held.split(), *column([text]).split()][:MOST_TOKENS])


def levelled(text: str) -> str:
    """Full-width letters and digits as ordinary ones, small; every character stays in its place."""
    return "".join(
        small if len(small := unicodedata.normalize("NFKC", character).lower()) == 1 else character
        for character in text
    )


def words_of(asked: str) -> list[Word]:
    """What somebody typed, cut at spaces; what has neither letter, digit nor Chinese character is no word."""
    return [word for part in asked.split()[:MOST_WORDS] if (word := _word(part))]


def _word(part: str) -> Word | None:
    runs = _RUN.findall(levelled(part))
    if not runs:
        return None
    found: list[str] = []
    for n, run in enumerate(runs):
        last = n == len(runs) - 1
        if run < _HAN_FIRST:
            found.append(run)
        else:
            found += _pairs(run) if last and len(run) > 1 else [*_pairs(run), run[-1]]
    begins = r"(?<![0-9a-z])" if runs[0] < _HAN_FIRST else ""
    open_ended = runs[-1] < _HAN_FIRST or len(runs[-1]) == 1
    return Word(levelled(part), tuple(found), open_ended, begins + _BETWEEN.join(map(re.escape, runs)))


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run) - 1)]


def for_fts5(words: Sequence[Word], columns: Sequence[str]) -> str:
    """Every word, each anywhere in ``columns``: the language of SQLite's FTS5 (its manual, section 3)."""
    asked = " AND ".join(f'"{" ".join(word.tokens)}"{" *" if word.open_ended else ""}' for word in words)
    return f"{{{' '.join(columns)}}} : ({asked})"


def for_tsquery(words: Sequence[Word], weights: str) -> str:
    """The same for PostgreSQL (its manual, section 8.11.2); ``weights`` are the letters of the columns, none for all."""
    return " & ".join(f"({_phrase(word, weights)})" for word in words)


def _phrase(word: Word, weights: str) -> str:
    *first, last = word.tokens
    ends = "*" if word.open_ended else ""
    return " <-> ".join([*(_lexeme(token, weights) for token in first), _lexeme(last, ends + weights)])


def _lexeme(token: str, marks: str) -> str:
    return f"'{token}':{marks}" if marks else f"'{token}'"


def excerpt(text: str, words: Sequence[Word]) -> list[Piece]:
    """The text around its first hit, with every hit in it; empty where none is. Numbers that identify are covered."""
    shown = " ".join(cover_numbers(text).split())
    pattern = re.compile("|".join(word.pattern for word in words))
    hits = [match.span() for match in pattern.finditer(levelled(shown)) if match.end() > match.start()]
    if not hits:
        return []
    start = max(0, hits[0][0] - BEFORE)
    end = min(len(shown), max(hits[0][0] + AFTER, hits[0][1]))
    pieces: list[Piece] = [Piece("…", False)] if start else []
    at = start
    for begin, stop in hits:
        if begin >= end:
            break
        pieces += [Piece(shown[at:begin], False), Piece(shown[begin : min(stop, end)], True)]
        at = min(stop, end)
    pieces.append(Piece(shown[at:end] + ("…" if end < len(shown) else ""), False))
    return [piece for piece in pieces if piece.text]
