"""What a message is to the classifier: its words, pairs of words, pieces of words, and the same of how it begins.

The beginning counts twice because people name their matter in the title or the first words. Pieces of words meet what no
dictionary has: names of places, of programmes, slips of the pen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from linli.understand.text.vectors import Space, rows_of_columns, side_by_side

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

TITLE, OPENING = 14, 40
LONGEST_PIECE = 3


def word_features(words: Sequence[str]) -> Iterator[str]:
    """Each word and each pair of neighbours."""
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def piece_features(words: Sequence[str]) -> Iterator[str]:
    """Runs of one to three characters of each word, with its edges marked ``<`` and ``>``."""
    for word in words:
        edged = f"<{word}>"
        for length in range(1, LONGEST_PIECE + 1):
            for start in range(len(edged) - length + 1):
                piece = edged[start : start + length]
                if piece not in ("<", ">"):
                    yield piece


@dataclass(frozen=True)
class Block:
    """One view of the message: its features come from the first ``reach`` words (0 = all), weighed by ``weight``."""

    kind: str
    reach: int
    weight: float

    def analyse(self, words: Sequence[str]) -> Iterator[str]:
        some = words[: self.reach] if self.reach else words
        return word_features(some) if self.kind == "words" else piece_features(some)

    def columns(self, words: Sequence[str], space: Space) -> np.ndarray:
        """The columns of ``space`` that the message has, as often as it has them."""
        some = words[: self.reach] if self.reach else words
        if self.kind == "words":
            known = (space.column(name) for name in word_features(some))
            return np.array([column for column in known if column is not None], dtype=np.int32)
        pieces = [space.columns_of(word, _pieces_of) for word in some]
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int32)


BLOCKS = (
    Block("words", 0, 1.0),
    Block("pieces", 0, 1.0),
    Block("pieces", TITLE, 0.5),
    Block("words", OPENING, 0.5),
)


def _pieces_of(word: str) -> Iterator[str]:
    return piece_features([word])


def learn_spaces(texts: Sequence[Sequence[str]], at_least: int) -> tuple[Space, ...]:
    """One space a block."""
    return tuple(Space.learn((block.analyse(words) for words in texts), at_least=at_least) for block in BLOCKS)


def rows(spaces: Sequence[Space], texts: Sequence[Sequence[str]]) -> csr_matrix:
    """All blocks side by side."""
    return side_by_side(
        [
            rows_of_columns(space, (block.columns(words, space) for words in texts)) * block.weight
            for block, space in zip(BLOCKS, spaces, strict=True)
        ]
    )
