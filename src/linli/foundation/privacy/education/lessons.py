"""The lessons of ``lessons/*.toml``: a few pictures with a sentence each, then five questions."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from linli.foundation.errors import NotFound
from linli.foundation.privacy.education.bilingual import Bilingual

QUESTIONS = 5
AUDIENCES = ("residents", "staff")
ORDER = (
    "codes", "fake_calls", "links", "who_looks", "sensing",
    "why_and_how_much", "phishing", "lost_and_leaked",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """``picture`` is two icon names, read from left to right; ``alt`` says what they show."""

    picture: tuple[str, ...]
    alt: Bilingual
    words: Bilingual


@dataclass(frozen=True)
class Question:
    """``right`` is the index of the one right choice; ``why`` is told after an answer, right or wrong."""

    words: Bilingual
    choices: tuple[Bilingual, ...]
    right: int
    why: Bilingual


@dataclass(frozen=True)
class Lesson:
    key: str
    audience: str
    version: str
    title: Bilingual
    about: Bilingual
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]

    def wrong_in(self, answers: Mapping[int, int]) -> list[int]:
        """Indices of the questions whose answer is missing or not the right choice."""
        return [n for n, question in enumerate(self.questions) if answers.get(n) != question.right]


@cache
def all_lessons() -> dict[str, Lesson]:
    """Every lesson by its key, in the order they are offered; raises :class:`ValueError` for a broken file."""
    return {key: _lesson(key) for key in ORDER}


def lessons_for(audience: str) -> list[Lesson]:
    return [lesson for lesson in all_lessons().values() if lesson.audience == audience]


def lesson_for(audience: str, key: str) -> Lesson:
    """The lesson; raises :class:`NotFound` for a key that this audience is not offered."""
    lesson = all_lessons().get(key)
    if lesson is None or lesson.audience != audience:
        raise NotFound
    return lesson


def _lesson(key: str) -> Lesson:
    text = files(__package__).joinpath("lessons", f"{key}.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    if facts["audience"] not in AUDIENCES:
        raise ValueError(f"{key}: no such audience {facts['audience']!r}")
    questions = tuple(_question(key, said) for said in facts["questions"])
    if len(questions) != QUESTIONS:
        raise ValueError(f"{key}: {len(questions)} questions, not {QUESTIONS}")
    return Lesson(
        key=key,
        audience=facts["audience"],
        version=facts["version"],
        title=Bilingual(**facts["title"]),
        about=Bilingual(**facts["about"]),
        steps=tuple(
            Step(tuple(step["picture"]), Bilingual(**step["alt"]), Bilingual(step["zh"], step["en"]))
            for step in facts["steps"]
        ),
        questions=questions,
    )


def _question(key: str, said: dict) -> Question:
    right = [n for n, choice in enumerate(said["choices"]) if choice.get("right")]
    if len(right) != 1:
        raise ValueError(f"{key}: {said['zh']} has {len(right)} right answers")
    return Question(
        words=Bilingual(said["zh"], said["en"]),
        choices=tuple(Bilingual(choice["zh"], choice["en"]) for choice in said["choices"]),
        right=right[0],
        why=Bilingual(**said["why"]),
    )
