"""Walking through a lesson, one question a page: what portal and workbench share."""

from __future__ import annotations

from dataclasses import dataclass

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.privacy.education.actions import finish_lesson, report_suspicious
from linli.foundation.privacy.education.lessons import Lesson, Question
from linli.foundation.privacy.education.scenarios import Scenario
from linli.foundation.privacy.education.signs import Sign, signs_in

LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Asked:
    """Question ``number`` (from 1) of a lesson; ``chosen`` is the index that was answered, ``None`` before."""

    lesson: Lesson
    number: int
    chosen: int | None

    @property
    def question(self) -> Question:
        return self.lesson.questions[self.number - 1]

    @property
    def right(self) -> bool:
        return self.chosen == self.question.right

    @property
    def following(self) -> int | None:
        """The number of the next question; ``None`` after the last."""
        return self.number + 1 if self.number < len(self.lesson.questions) else None


def ask(request: ActorRequest, lesson: Lesson, number: int) -> Asked:
    """The question as the reader meets it; an answer is remembered for this lesson, only the first one counts.

    Right after the last question the lesson is finished, if every question was answered before. Raises
    :class:`NotFound` for a number that the lesson does not have.
    """
    if not 1 <= number <= len(lesson.questions):
        raise NotFound
    chosen = _chosen(request, lesson.questions[number - 1])
    asked = Asked(lesson, number, chosen)
    if chosen is not None:
        first = _first_answers(request, lesson)
        first.setdefault(str(number - 1), chosen)
        request.session[_place(lesson)] = first
        if asked.right and asked.following is None and len(first) == len(lesson.questions):
            finish_lesson(lesson, {int(n): choice for n, choice in first.items()}, actor=request.actor)
            del request.session[_place(lesson)]
    return asked


def first_open(request: ActorRequest, lesson: Lesson) -> int:
    """The number of the first question that has not been answered yet."""
    answered = _first_answers(request, lesson)
    return next((n + 1 for n in range(len(lesson.questions)) if str(n) not in answered), len(lesson.questions))


@dataclass(frozen=True)
class Judged:
    """What a pasted message is: our own practice (``scenario``), or signs of fraud, or neither."""

    words: str
    scenario: Scenario | None
    signs: list[Sign]


def judge(words: str) -> Judged | None:
    """Look at a pasted message; nothing pasted is nothing to judge."""
    words = words.strip()[:LONGEST_MESSAGE]
    return Judged(words, report_suspicious(words), signs_in(words)) if words else None


def _chosen(request: ActorRequest, question: Question) -> int | None:
    given = request.POST.get("choice", "") if request.method == "POST" else ""
    return int(given) if given.isascii() and given.isdigit() and int(given) < len(question.choices) else None


def _first_answers(request: ActorRequest, lesson: Lesson) -> dict[str, int]:
    return dict(request.session.get(_place(lesson), {}))


def _place(lesson: Lesson) -> str:
    return f"lesson:{lesson.key}:{lesson.version}"
