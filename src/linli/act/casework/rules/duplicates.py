"""Whether two matters may be one (``domain.md`` §2.5): the rule finds candidates, a person decides. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from linli.understand.triage.nearness import ALIKE, NEAR_METRES, allowed_gap, metres_between

_MARKS = frozenset(" ，。！？、；：,.!?;:\n\t“”\"'（）()")


@dataclass(frozen=True)
class Matter:
    """``place`` is the asset or address; ``x``, ``y`` metres in the community's frame when known."""

    category: str
    level: str
    words: str
    at: datetime
    place: Hashable | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Likeness:
    """The evidence: ``metres`` is 0 for the same place, ``shared`` are pairs of characters that both texts hold."""

    metres: float
    gap: timedelta
    similarity: float
    shared: tuple[str, ...]


def likeness(one: Matter, other: Matter) -> Likeness | None:
    """The evidence that both are one matter, or ``None`` when a condition of the rule fails."""
    if one.category != other.category:
        return None
    metres = _metres(one, other)
    gap = abs(one.at - other.at)
    if metres is None or metres > NEAR_METRES or gap > allowed_gap(one, other):
        return None
    similarity = alike(one.words, other.words)
    if similarity < ALIKE:
        return None
    return Likeness(metres, gap, similarity, tuple(sorted(bigrams(one.words) & bigrams(other.words))))


def alike(one: str, other: str) -> float:
    """Overlap of character pairs, 0–1: shared ÷ the smaller set, because a short repeat says less of the same."""
    left, right = bigrams(one), bigrams(other)
    if not left or not right:
        return float(one.strip() == other.strip() and bool(one.strip()))
    return len(left & right) / min(len(left), len(right))


def bigrams(words: str) -> frozenset[str]:
    """Neighbouring characters of a text without its punctuation, lower case."""
    letters = [letter for letter in words.lower() if letter not in _MARKS]
    return frozenset(a + b for a, b in pairwise(letters))


def _metres(one: Matter, other: Matter) -> float | None:
    if one.place is not None and one.place == other.place:
        return 0.0
    return metres_between(one, other)
