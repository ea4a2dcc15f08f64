"""A category model: what it says of a message, how sure it is, and the words that led it there.

A linear model over :mod:`features`. Its scores become probabilities by one temperature and one offset a category, fitted
on messages that the scores had not seen (Guo et al. 2017, vector scaling of a linear model), so that 0.8 means right four
times in five. The file holds numbers and text only: loading one executes nothing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linli.understand.text.cutting import words as cut
from linli.understand.text.vectors import Space
from linli.understand.triage.learning.features import BLOCKS, rows

FORMAT = 1
EVIDENCE_AT_MOST = 5
EVIDENCE_SHARE = 0.05
"""A word that brings less than this share of what speaks for the category is not shown."""
BIGGEST_FILE = 64 * 2**20


class UnreadableModel(ValueError):
    """The file is not a model of this format."""


@dataclass(frozen=True)
class Suggestion:
    """``confidence`` is a calibrated probability; ``evidence`` are words of the message, the strongest first."""

    label: str
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """``weights`` has a row a feature and a column a label; ``temperature`` and ``offsets`` calibrate the scores."""

    labels: tuple[str, ...]
    spaces: tuple[Space, ...]
    weights: np.ndarray
    intercept: np.ndarray
    temperature: float
    offsets: np.ndarray

    def suggest(self, text: str, *, at_most: int = 3) -> list[Suggestion]:
        """The likeliest labels of one message, the likeliest first."""
        words = cut(text)
        chances = self._chances(rows(self.spaces, [words]))[0]
        best = np.argsort(-chances)[:at_most]
        brought = self._brought(words)
        return [Suggestion(self.labels[i], float(chances[i]), _evidence(brought, int(i))) for i in best]

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """One row a text, one column a label, each row adding up to one."""
        return self._chances(rows(self.spaces, [cut(text) for text in texts]))

    def _chances(self, matrix) -> np.ndarray:
        return softmax((matrix @ self.weights + self.intercept) * self.temperature + self.offsets)

    def _brought(self, words: Sequence[str]) -> dict[str, np.ndarray]:
        """What each word with all its features brings for each label, against the mean of the labels."""
        brought: dict[str, np.ndarray] = {}
        start = 0
        for block, space in zip(BLOCKS, self.spaces, strict=True):
            columns, values = space.weighted(block.columns(words, space))
            if len(columns):
                weights = self.weights[start + columns]
                worth = (weights - weights.mean(axis=1, keepdims=True)) * (values * block.weight)[:, None]
                for word in dict.fromkeys(words[: block.reach] if block.reach else words):
                    own = np.unique(block.columns([word], space))
                    gain = worth[np.searchsorted(columns, own)].sum(axis=0)
                    brought[word] = brought[word] + gain if word in brought else gain
            start += len(space)
        return brought

    def to_bytes(self) -> bytes:
        """The model as one file."""
        head = {"format": FORMAT, "labels": self.labels, "temperature": self.temperature}
        out = io.BytesIO()
        arrays = {
            "head": _text(json.dumps(head, ensure_ascii=False)),
            "weights": self.weights.astype(np.float16),
            "intercept": self.intercept,
            "offsets": self.offsets,
        }
        for number, space in enumerate(self.spaces):
            arrays[f"names{number}"] = _text("\n".join(space.names))
            arrays[f"idf{number}"] = space.idf.astype(np.float16)
        np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
        return out.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Model:
        """Raises :class:`UnreadableModel`; nothing in the file is executed."""
        if len(content) > BIGGEST_FILE:
            raise UnreadableModel(f"a model of {len(content)} bytes is too big")
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                head = json.loads(stored["head"].tobytes().decode())
                if head["format"] != FORMAT:
                    raise UnreadableModel(f"format {head['format']} is not {FORMAT}")
                spaces = tuple(
                    Space(_lines(stored[f"names{n}"]), stored[f"idf{n}"].astype(np.float32)) for n in range(len(BLOCKS))
                )
                model = cls(
                    labels=tuple(head["labels"]),
                    spaces=spaces,
                    weights=stored["weights"].astype(np.float32),
                    intercept=stored["intercept"],
                    temperature=float(head["temperature"]),
                    offsets=stored["offsets"],
                )
        except UnreadableModel:
            raise
        except Exception as broken:
            raise UnreadableModel(str(broken)) from broken
        shape = (sum(len(space) for space in model.spaces), len(model.labels))
        if model.weights.shape != shape or any(len(space.idf) != len(space) for space in model.spaces):
            raise UnreadableModel("its parts do not fit each other")
        return model

    def save(self, path: Path) -> int:
        """Write it; bytes written."""
        content = self.to_bytes()
        path.write_bytes(content)
        return len(content)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Raises :class:`UnreadableModel`."""
        return cls.from_bytes(path.read_bytes())


def _evidence(brought: dict[str, np.ndarray], label: int) -> tuple[str, ...]:
    """The words that bring most for ``label``, the strongest first."""
    ranked = sorted(
        ((float(gain[label]), word) for word, gain in brought.items()), key=lambda item: (-item[0], item[1])
    )
    total = sum(worth for worth, _word in ranked if worth > 0)
    return tuple(word for worth, word in ranked[:EVIDENCE_AT_MOST] if worth > EVIDENCE_SHARE * total)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Each row as probabilities."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _text(content: str) -> np.ndarray:
    return np.frombuffer(content.encode(), dtype=np.uint8)


def _lines(stored: np.ndarray) -> tuple[str, ...]:
    content = stored.tobytes().decode()
    return tuple(content.split("\n")) if content else ()
