"""Weighted n-grams: texts as sparse rows, learnt once and applied without scikit-learn.

A :class:`Space` is a list of features with their inverse document frequency (Spärck Jones 1972), sublinear counts and rows
of length one. It is plain data: a list of names and an array, so that it can be stored and loaded without executing anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

REMEMBERED_WORDS = 50_000


def char_grams(text: str, shortest: int, longest: int) -> Iterator[str]:
    """Every run of ``shortest`` to ``longest`` characters."""
    for length in range(shortest, longest + 1):
        for start in range(len(text) - length + 1):
            yield text[start : start + length]


@dataclass(frozen=True)
class Space:
    """``names[i]`` is the feature of column ``i``, ``idf[i]`` its weight."""

    names: tuple[str, ...]
    idf: np.ndarray
    _columns: dict[str, int] = field(init=False, repr=False, compare=False)
    _of_word: dict[str, np.ndarray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_columns", {name: column for column, name in enumerate(self.names)})
        object.__setattr__(self, "_of_word", {})

    @classmethod
    def learn(
        cls, analysed: Iterable[Iterable[str]], *, at_least: int = 2, at_most: float = 1.0, power: float = 1.0
    ) -> Space:
        """Features that at least ``at_least`` texts have and not more than the share ``at_most`` of them."""
        seen: Counter[str] = Counter()
        total = 0
        for features in analysed:
            seen.update(set(features))
            total += 1
        kept = [(name, n) for name, n in seen.items() if at_least <= n <= max(at_least, at_most * total)]
        frequency = np.array([n for _, n in kept], dtype=np.float64)
        idf = (np.log((1 + total) / (1 + frequency)) + 1) ** power if kept else np.zeros(0)
        return cls(tuple(name for name, _ in kept), idf.astype(np.float32))

    def __len__(self) -> int:
        return len(self.names)

    def column(self, name: str) -> int | None:
        """Where a feature stands, or ``None``."""
        return self._columns.get(name)

    def counts(self, features: Iterable[str]) -> dict[int, int]:
        """How often each known feature occurs, by column."""
        columns = self._columns
        return Counter(columns[name] for name in features if name in columns)

    def columns_of(self, word: str, features: Callable[[str], Iterable[str]]) -> np.ndarray:
        """The columns of one word's features, remembered: messages are made of the same few thousand words.

        One space is always asked with the same ``features``.
        """
        known = self._of_word.get(word)
        if known is None:
            if len(self._of_word) >= REMEMBERED_WORDS:
                self._of_word.clear()
            columns = self._columns
            known = np.array([columns[name] for name in features(word) if name in columns], dtype=np.int32)
            self._of_word[word] = known
        return known

    def weighted(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each column of a text once, ascending, and its (1 + ln count) × idf, of length one."""
        columns, counts = np.unique(columns, return_counts=True)
        values = (1 + np.log(counts.astype(np.float32))) * self.idf[columns]
        length = float(np.sqrt((values**2).sum()))
        return columns, (values / length if length else values).astype(np.float32)

    def rows(self, analysed: Iterable[Iterable[str]], *, unit: bool = True) -> csr_matrix:
        """One row a text: (1 + ln count) × idf, of length one when ``unit``."""
        from scipy.sparse import csr_matrix

        data: list[np.ndarray] = []
        indices: list[np.ndarray] = []
        ends = [0]
        for features in analysed:
            counts = self.counts(features)
            columns = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
            values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
            values = (1 + np.log(values)) * self.idf[columns] if len(counts) else values
            if unit and (length := float(np.sqrt((values**2).sum()))):
                values = values / length
            data.append(values.astype(np.float32))
            indices.append(columns)
            ends.append(ends[-1] + len(counts))
        return csr_matrix(
            (np.concatenate(data) if data else [], np.concatenate(indices) if indices else [], ends),
            shape=(len(ends) - 1, len(self.names)),
            dtype=np.float32,
        )


def rows_of_columns(space: Space, texts: Iterable[np.ndarray]) -> csr_matrix:
    """One row a text, given the columns that it has, as often as it has them: (1 + ln count) × idf, of length one."""
    from scipy.sparse import csr_matrix

    weighted = [space.weighted(columns) for columns in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _values in weighted)])
    return csr_matrix(
        (
            np.concatenate([values for _columns, values in weighted]) if weighted else [],
            np.concatenate([columns for columns, _values in weighted]) if weighted else [],
            ends,
        ),
        shape=(len(weighted), len(space)),
        dtype=np.float32,
    )


def similarities(left: csr_matrix, right: csr_matrix) -> np.ndarray:
    """Cosine of every row of ``left`` with every row of ``right`` (rows of length one)."""
    return np.asarray((left @ right.T).toarray())


def side_by_side(blocks: Sequence[csr_matrix]) -> csr_matrix:
    """The blocks as one matrix."""
    from scipy.sparse import hstack

    return hstack(blocks).tocsr()
