"""A draft answer from past good answers: which of them belongs to what was said.

Every answer is ranked by how much it shares with the message, seen in several ways (pieces of text of different length,
the title, how the answer begins, how much of the message's weight it has, rare strings, named places, numbers). When there
are past pairs of message and answer, the weights of these views are learnt from them (conditional logit over the
candidates, McFadden 1974); without pairs plain weights are used. A person always edits and sends the draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from linli.understand.text.cutting import squeezed
from linli.understand.text.vectors import Space, char_grams, similarities

CANDIDATES = 60
HEAD = 200
"""Characters: an answer usually says first what it answers."""
RARE_AT_MOST = 6
STIFFNESS = 1.0
ENOUGH_PAIRS = 100

VIEWS = (
    "short", "middle", "long", "title", "title_long", "head", "title_head",
    "covered", "title_covered", "answer_covered", "rare", "rare_title", "places", "numbers", "length",
)  # fmt: skip
PLAIN = {"short": 1.0, "middle": 1.0, "title": 0.5, "covered": 0.5}

_SALUTE = re.compile(r"网友[“\"'‘]?[a-z0-9]*[”\"'’]?[:：,，]?|[a-z]{1,2}\d{5,}", re.IGNORECASE)
_NUMBER = re.compile(r"[a-z]?\d+(?:\.\d+)?[a-z\u4e00-\u9fff]?")
_PLACE = re.compile(
    r"[\u4e00-\u9fffa-z0-9]{2,6}?(?:小区|社区|街道|大道|公司|学校|小学|中学|学院|医院|[路街镇乡村区县市园苑城站桥局幢栋])"
)


@dataclass(frozen=True)
class Question:
    """What somebody said; ``title`` may be empty."""

    title: str
    text: str


@dataclass(frozen=True)
class Found:
    """``number`` of the answer in the given order; a higher ``score`` is better; ``shared`` strings led there."""

    number: int
    score: float
    shared: tuple[str, ...]


@dataclass(frozen=True)
class Weights:
    """Of the views, for values brought to mean 0 and deviation 1."""

    centre: np.ndarray
    spread: np.ndarray
    weight: np.ndarray


def cleaned(text: str) -> str:
    """Normal form without spaces and without what names the asker, which would give the pair away."""
    return _SALUTE.sub("", squeezed(text))


class Answers:
    """Past answers, ready to be searched."""

    def __init__(self, answers: Sequence[str], *, also: Sequence[Question] = ()) -> None:
        """``also`` are questions whose words say, with those of the answers, how rare each piece is."""
        self.texts = [cleaned(answer) for answer in answers]
        corpus = [*self.texts, *(cleaned(question.title + question.text) for question in also)]
        self._short = Space.learn(((*char_grams(text, 1, 2),) for text in corpus), at_least=2)
        self._middle = Space.learn((char_grams(text, 2, 3) for text in corpus), at_least=2)
        self._long = Space.learn((char_grams(text, 3, 5) for text in corpus), at_least=2, power=1.5)
        rare_share = RARE_AT_MOST / max(1, len(corpus))
        self._rare = Space.learn((char_grams(text, 4, 4) for text in corpus), at_least=2, at_most=rare_share)
        self._place = Space.learn((_places(text) for text in corpus), at_least=2)
        self._number = Space.learn((_NUMBER.findall(text) for text in corpus), at_least=2)
        heads = [text[:HEAD] for text in self.texts]
        self._rows = {
            "short": self._short.rows(char_grams(text, 1, 2) for text in self.texts),
            "middle": self._middle.rows(char_grams(text, 2, 3) for text in self.texts),
            "long": self._long.rows(char_grams(text, 3, 5) for text in self.texts),
            "head": self._middle.rows(char_grams(text, 2, 3) for text in heads),
            "rare": _presence(self._rare.rows(char_grams(text, 4, 4) for text in self.texts)),
            "places": _presence(self._place.rows(_places(text) for text in self.texts)),
            "numbers": _presence(self._number.rows(_NUMBER.findall(text) for text in self.texts)),
        }
        plain = self._middle.rows((char_grams(text, 2, 3) for text in self.texts), unit=False)
        plain.data **= 2
        self._weight = plain
        self._total = np.maximum(np.asarray(plain.sum(axis=1)).ravel(), 1e-9)
        self._there = _presence(self._rows["middle"])
        self._length = np.log1p([len(text) for text in self.texts]).astype(np.float32)

    def views(self, questions: Sequence[Question]) -> np.ndarray:
        """questions × answers × :data:`VIEWS`; in memory about 60 bytes a pair, so give it a few hundred at a time."""
        whole = [cleaned(question.title + question.text) for question in questions]
        title = [cleaned(question.title) for question in questions]
        rows = self._rows
        pairs = [list(char_grams(text, 2, 3)) for text in whole]
        title_pairs = [list(char_grams(text, 2, 3)) for text in title]
        middle, title_middle = self._middle.rows(pairs), self._middle.rows(title_pairs)
        here = _presence(middle)
        seen = {
            "short": similarities(self._short.rows(char_grams(text, 1, 2) for text in whole), rows["short"]),
            "middle": similarities(middle, rows["middle"]),
            "long": similarities(self._long.rows(char_grams(text, 3, 5) for text in whole), rows["long"]),
            "title": similarities(title_middle, rows["middle"]),
            "title_long": similarities(self._long.rows(char_grams(text, 3, 5) for text in title), rows["long"]),
            "head": similarities(middle, rows["head"]),
            "title_head": similarities(title_middle, rows["head"]),
            "covered": self._covered(pairs),
            "title_covered": self._covered(title_pairs),
            "answer_covered": similarities(here, self._weight) / self._total[None, :],
            "rare": np.log1p(
                similarities(_presence(self._rare.rows(char_grams(t, 4, 4) for t in whole)), rows["rare"])
            ),
            "rare_title": np.log1p(
                similarities(_presence(self._rare.rows(char_grams(t, 4, 4) for t in title)), rows["rare"])
            ),
            "places": similarities(self._place.rows((_places(t) for t in whole), unit=False), rows["places"]),
            "numbers": similarities(
                self._number.rows((_NUMBER.findall(t) for t in whole), unit=False), rows["numbers"]
            ),
            "length": np.broadcast_to(self._length[None, :], (len(questions), len(self.texts))),
        }
        return np.stack([seen[view] for view in VIEWS], axis=2).astype(np.float32)

    def _covered(self, analysed: Sequence[Sequence[str]]) -> np.ndarray:
        """The share of each question's weight that an answer has too."""
        plain = self._middle.rows(analysed, unit=False)
        plain.data **= 2
        total = np.maximum(np.asarray(plain.sum(axis=1)).ravel(), 1e-9)
        return similarities(plain, self._there) / total[:, None]

    def find(self, question: Question, weights: Weights | None = None, *, at_most: int = 3) -> list[Found]:
        """The answers that fit best, the best first."""
        if not self.texts:
            return []
        views = self.views([question])[0]
        order = shortlist(views[None])[0]
        scores = score(views[order], weights)
        best = np.argsort(-scores, kind="stable")[:at_most]
        text = cleaned(question.title + question.text)
        return [Found(int(order[n]), float(scores[n]), _shared_strings(text, self.texts[order[n]])) for n in best]


def shortlist(views: np.ndarray, count: int = CANDIDATES) -> np.ndarray:
    """Per question the ``count`` answers with the best plain score."""
    plain = views @ _plain()
    return np.argsort(-plain, axis=1, kind="stable")[:, :count]


def score(views: np.ndarray, weights: Weights | None) -> np.ndarray:
    """Of the last axis, by learnt weights or the plain ones."""
    if weights is None:
        return views @ _plain()
    return ((views - weights.centre) / weights.spread) @ weights.weight


def learn_weights(views: np.ndarray, truth: np.ndarray) -> Weights | None:
    """Weights that make the true answers likeliest: ``views`` is questions × candidates × views, ``truth`` the column.

    ``None`` with fewer than 100 questions.
    """
    from scipy.optimize import minimize

    if len(truth) < ENOUGH_PAIRS:
        return None
    centre, spread = views.mean(axis=(0, 1)), views.std(axis=(0, 1)) + 1e-6
    scaled = (views - centre) / spread
    at = np.arange(len(truth))

    def loss(weight: np.ndarray) -> tuple[float, np.ndarray]:
        scores = scaled @ weight
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(axis=1, keepdims=True)
        value = -np.log(chances[at, truth] + 1e-12).sum() + STIFFNESS * (weight**2).sum()
        chances[at, truth] -= 1
        return float(value), np.einsum("qc,qcv->v", chances, scaled) + 2 * STIFFNESS * weight

    found = minimize(loss, np.zeros(views.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return Weights(centre, spread, found.astype(np.float32))


def _plain() -> np.ndarray:
    return np.array([PLAIN.get(view, 0.0) for view in VIEWS], dtype=np.float32)


def _presence(matrix):
    there = matrix.copy()
    there.data[:] = 1
    return there


def _places(text: str) -> Iterator[str]:
    for name in _PLACE.findall(text):
        for length in (3, 4, 5):
            yield name[-length:]


def _shared_strings(one: str, other: str, at_most: int = 4) -> tuple[str, ...]:
    """The longest strings of three characters or more that both have, none inside another."""
    found: list[str] = []
    for length in range(min(12, len(one)), 2, -1):
        for piece in dict.fromkeys(char_grams(one, length, length)):
            if piece in other and not any(piece in longer for longer in found):
                found.append(piece)
                if len(found) == at_most:
                    return tuple(found)
    return tuple(found)
