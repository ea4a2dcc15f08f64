"""Two requests about one trouble: candidates for a person to confirm, with the evidence side by side.

The rule of ``domain.md`` §2.5: the same leaf category, the same place or at most 50 metres apart, at most 72 hours (P0, P1)
or 14 days (others) apart, and texts that resemble each other by 0.6 or more. A person confirms; every reporter is answered.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from linli.understand.text.cutting import squeezed, words
from linli.understand.text.vectors import Space, char_grams
from linli.understand.triage.nearness import ALIKE, NEAR_METRES, ORDINARY_GAP, allowed_gap, metres_between

PLAINLY = 0.25
"""Raw resemblance that is never chance; also the scale when there are too few texts to learn one."""
LEAST = 0.05
FEWEST_FOR_SCALE = 50
CHANCE_PAIRS = 1000
SHARED_AT_MOST = 8


@dataclass(frozen=True)
class Said:
    """One request as the rule sees it. ``place`` is the key of a home's building, a building or a facility; ``x``, ``y`` metres."""

    key: Hashable
    words: str
    said_at: datetime
    category: str = ""
    level: str = "P2"
    place: Hashable | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Candidate:
    """What speaks for two requests being one: the numbers and the words that both have."""

    earlier: Said
    later: Said
    similarity: float
    metres: float | None
    same_place: bool
    gap: timedelta
    shared: tuple[str, ...]


class Resemblance:
    """How alike two texts are, 0 to 1, on a scale whose 0.6 means: as alike as only one in a hundred pairs by chance.

    What is compared is how much of the shorter text's weight the longer one has too (three quarters, so that a short report
    can resemble a long one) and the cosine (one quarter), over character pairs and triples weighted by how rare they are
    in ``corpus``. The scale comes from pairs of the corpus itself, because long texts share more by chance than short ones;
    it never asks for more than :data:`PLAINLY`, so that many reports of one trouble do not hide each other.
    """

    def __init__(self, corpus: Iterable[str]) -> None:
        texts = list(corpus)
        self._space = Space.learn((_grams(text) for text in texts), at_least=1)
        self._chance = self._by_chance(texts) if len(texts) >= FEWEST_FOR_SCALE else PLAINLY

    def between(self, one: str, other: str) -> float:
        """Of two texts; 0 when nothing known is in one of them."""
        return self.of_weights(self.weights(one), self.weights(other))

    def weights(self, text: str) -> dict[int, float]:
        """What :meth:`of_weights` compares."""
        return {column: float(self._space.idf[column]) for column in self._space.counts(_grams(text))}

    def of_weights(self, left: dict[int, float], right: dict[int, float]) -> float:
        """On the scale: raw / (raw + ⅔ of what chance gives)."""
        raw = _alike(left, right) if left and right else 0.0
        return raw / (raw + self._chance * (1 - ALIKE) / ALIKE) if raw else 0.0

    def _by_chance(self, texts: Sequence[str]) -> float:
        draw = Random(0)  # noqa: S311
        pairs = [draw.sample(range(len(texts)), 2) for _ in range(CHANCE_PAIRS)]
        known = {n: self.weights(texts[n]) for pair in pairs for n in pair}
        raw = sorted(_alike(known[i], known[j]) if known[i] and known[j] else 0.0 for i, j in pairs)
        return min(PLAINLY, max(raw[int(0.99 * len(raw))], LEAST))


def candidates(
    requests: Sequence[Said], *, resemblance: Resemblance | None = None, at_least: float = ALIKE
) -> list[Candidate]:
    """Every pair that the rule allows, the most alike first. A request without a category or a place matches none."""
    resemblance = resemblance or Resemblance(said.words for said in requests)
    weights = {said.key: resemblance.weights(said.words) for said in requests}
    by_category: dict[str, list[Said]] = {}
    for said in sorted(requests, key=lambda said: said.said_at):
        if said.category:
            by_category.setdefault(said.category, []).append(said)
    found = []
    for group in by_category.values():
        for number, earlier in enumerate(group):
            for later in group[number + 1 :]:
                gap = later.said_at - earlier.said_at
                if gap > ORDINARY_GAP:
                    break
                if gap > allowed_gap(earlier, later) or not (close := near(earlier, later))[0]:
                    continue
                similarity = resemblance.of_weights(weights[earlier.key], weights[later.key])
                if similarity >= at_least:
                    found.append(
                        Candidate(
                            earlier, later, similarity, close[1], close[2], gap, _shared(earlier.words, later.words)
                        )
                    )
    return sorted(found, key=lambda pair: (-pair.similarity, str(pair.later.key)))


def near(one: Said, other: Said) -> tuple[bool, float | None, bool]:
    """Whether the rule's distance allows two to be one, how many metres apart they are, and whether it is the same place."""
    same = one.place is not None and one.place == other.place
    metres = metres_between(one, other)
    return same or (metres is not None and metres <= NEAR_METRES), metres, same


def _grams(text: str) -> Iterable[str]:
    return char_grams(squeezed(text), 2, 3)


def _alike(left: dict[int, float], right: dict[int, float]) -> float:
    common = left.keys() & right.keys()
    shared = sum(left[column] for column in common)
    contained = shared / min(sum(left.values()), sum(right.values()))
    squares = sum(left[column] ** 2 for column in common)
    lengths = (sum(v**2 for v in left.values()) * sum(v**2 for v in right.values())) ** 0.5
    return min(1.0, 0.75 * contained + 0.25 * squares / lengths)


def _shared(one: str, other: str) -> tuple[str, ...]:
    """Words that both have, the longest first."""
    both = dict.fromkeys(word for word in words(one) if len(word) > 1)
    there = set(words(other))
    return tuple(sorted((word for word in both if word in there), key=lambda word: -len(word))[:SHARED_AT_MOST])
