"""What a request is about and how urgent: the community's own model beside the open word lists, rules first.

Danger to life and loss of a basic service are read by rules alone and never depend on a model. Otherwise the model's
category is applied when it is sure enough; when it is not, the word lists speak, and what neither knows a person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from linli.sense.requests.rules.danger import find_danger
from linli.understand.triage.first_guess import LEVELS, QUESTION, Guess, guess
from linli.understand.triage.hearing import has_words
from linli.understand.triage.taxonomy import OTHER, categories, heir_of

if TYPE_CHECKING:
    from linli.understand.triage.learning.model import Model, Suggestion

_APART = re.compile(r"[、，,/ 和与及]+")

APPLIED = 0.75
"""Calibrated confidence from which a category of the model is applied, and may be undone."""
WORTH_SAYING = 0.4
"""Below it the model's first choice is shown as a possibility only."""


@dataclass(frozen=True)
class Read:
    """``by`` is ``danger``, ``model``, ``words`` or ``nobody``; ``sure`` says that it was applied without asking.

    ``confidence`` is the model's, ``None`` when it did not speak; ``others`` are its further choices. ``torn`` is a category
    that the word lists found named as plainly as their choice; ``haste`` the words that made it urgent.
    """

    category: str
    level: str
    evidence: tuple[str, ...]
    by: str
    sure: bool
    confidence: float | None = None
    others: tuple[Suggestion, ...] = ()
    torn: str = ""
    haste: str = ""


def read(words: str, model: Model | None = None, *, applied_from: float = APPLIED) -> Read:
    """The reading of one request. What is no words at all (emoji alone) nobody reads, no model either."""
    open_guess = guess(words, own_names())
    if find_danger(words) is not None:
        return Read(open_guess.category, open_guess.level, open_guess.evidence, by="danger", sure=True)
    if not has_words(words):
        return Read(OTHER, open_guess.level, (), "nobody", False)
    known = categories()
    if open_guess.category not in known:
        open_guess = replace(open_guess, category=heir_of(open_guess.category))
    choices = [choice for choice in model.suggest(words) if choice.label in known] if model and words.strip() else []
    if choices and choices[0].confidence >= applied_from:
        first = choices[0]
        return Read(
            first.label, _level(first.label, open_guess, words), first.evidence, "model", True, first.confidence,
            tuple(choices[1:]), haste=open_guess.haste,
        )  # fmt: skip
    confidence = choices[0].confidence if choices else None
    if open_guess.category != OTHER:
        return Read(
            open_guess.category, open_guess.level, open_guess.evidence, "words", False, confidence, tuple(choices),
            open_guess.torn, open_guess.haste,
        )  # fmt: skip
    if choices and choices[0].confidence >= WORTH_SAYING:
        first = choices[0]
        return Read(
            first.label, _level(first.label, open_guess, words), first.evidence, "model", False, first.confidence,
            tuple(choices[1:]), haste=open_guess.haste,
        )  # fmt: skip
    return Read(OTHER, open_guess.level, (), "nobody", False, confidence, tuple(choices), haste=open_guess.haste)


def own_names() -> dict[str, tuple[str, ...]]:
    """The names of the community's own categories are the words that name them, until a model has learnt more."""
    return {
        code: words
        for code, one in categories().items()
        if one.own and not one.is_class and (words := tuple(w for w in _APART.split(one.zh[-1]) if len(w) > 1))
    }


def _level(category: str, open_guess: Guess, words: str) -> str:
    """The usual level of the category; never milder than what the rules heard."""
    level = LEVELS.get(category, "P2")
    if level in {"P3", "P4"} and QUESTION.search(words):
        level = "Q"
    return min(level, open_guess.level) if open_guess.level in {"P0", "P1"} else level
