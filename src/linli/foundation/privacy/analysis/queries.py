"""Reading studies, questions and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import NotFound
from linli.foundation.privacy.analysis import snapshots
from linli.foundation.privacy.analysis.models import (
    QUESTION_WORKFLOW,
    STUDY_WORKFLOW,
    QuestionState,
    Study,
    StudyQuestion,
    StudyState,
)
from linli.foundation.privacy.analysis.permissions import may_do
from linli.foundation.privacy.analysis.rules.answering import COST, EPSILON, Answer
from linli.foundation.privacy.analysis.rules.shapes import Question, Shape
from linli.foundation.privacy.analysis.wording import in_the_readers_words, question_words
from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.publishing.models import ANALYSIS


@dataclass(frozen=True)
class Table:
    """An answer for a reader: ``rows`` are (words of the cell, count, mean); hidden ones have neither."""

    headings: Sequence[str]
    measure: str
    rows: Sequence[tuple[Sequence[str], int | None, float | None]]
    give_or_take: int

    @property
    def told(self) -> list[tuple[Sequence[str], int | None, float | None]]:
        return [row for row in self.rows if row[1] is not None]

    @property
    def hidden(self) -> list[Sequence[str]]:
        """The words of the cells that are not shown."""
        return [words for words, count, _mean in self.rows if count is None]


def studies(actor: Actor) -> QuerySet[Study]:
    """Newest first; raises :class:`NotAllowed`."""
    require(actor, "analysis.see")
    waiting = Count("questions", filter=Q(questions__state=QuestionState.PROPOSED))
    rows = Study.objects.visible_to(actor).select_related("analyst", "approved_by").annotate(waiting=waiting)
    return rows.order_by("-proposed_at", "-pk")


def study_for(actor: Actor, study_id: int) -> Study:
    """Raises :class:`NotFound`, :class:`NotAllowed`."""
    found = studies(actor).filter(pk=study_id).first()
    if found is None:
        raise NotFound
    return found


def questions_of(study: Study) -> QuerySet[StudyQuestion]:
    """The log of a study: every question, newest first."""
    return study.questions.select_related("approved_by").order_by("-number")


def question_for(actor: Actor, question_id: int) -> StudyQuestion:
    """Raises :class:`NotFound`, :class:`NotAllowed`."""
    require(actor, "analysis.see")
    rows = StudyQuestion.objects.visible_to(actor).select_related("study__analyst", "approved_by")
    found = rows.filter(pk=question_id).first()
    if found is None:
        raise NotFound
    return found


def shapes_of(study: Study) -> list[Shape]:
    """What can be asked of an open study; nothing of another."""
    if study.state != StudyState.OPEN:
        return []
    return [in_the_readers_words(shape) for _key, (shape, _rows) in sorted(snapshots.read(study).tables.items())]


def left(study: Study) -> int:
    """How many more answers the study's own budget allows."""
    return max(0, int((study.budget - study.spent) / EPSILON + 1e-6))


def left_this_year() -> int:
    """How many more answers all studies of the community together may get this year."""
    return ledger.left(ANALYSIS) // COST


def study_verbs(study: Study, actor: Actor) -> list[str]:
    return [step.verb for step in STUDY_WORKFLOW.allowed(study.state) if may_do(actor, frozenset(step.who), study)]


def question_verbs(question: StudyQuestion, actor: Actor) -> list[str]:
    steps = QUESTION_WORKFLOW.allowed(question.state)
    return [step.verb for step in steps if may_do(actor, frozenset(step.who), question.study)]


def table_of(question: StudyQuestion) -> Table | None:
    """The answer in words; ``None`` before there is one."""
    if question.answer is None:
        return None
    given, asked = Answer.from_json(question.answer), Question.from_json(question.asked)
    shape = in_the_readers_words(Shape.from_json(question.answer["words"]))
    rows = [
        (
            [shape.columns[column][value] for column, value in zip(asked.group_by, one.values, strict=True)],
            one.count,
            one.mean,
        )
        for one in given.cells
    ]
    measure = shape.measures.get(asked.measure)
    return Table(
        headings=[shape.titles[column] for column in asked.group_by],
        measure=f"{measure.title} ({measure.unit})" if measure else "",
        rows=rows,
        give_or_take=given.give_or_take,
    )


def words_of(question: StudyQuestion, shapes: Mapping[str, Shape]) -> str:
    """The question as a sentence in the reader's language; as it was asked where the study's shapes are gone."""
    asked = Question.from_json(question.asked)
    shape = shapes.get(asked.view)
    return question_words(asked, shape) if shape is not None else question.words
