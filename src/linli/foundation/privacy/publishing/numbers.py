"""What may be asked about people for a release, and which published numbers come of the answers.

An app registers in its ``AppConfig.ready``::

    asks(Question("ages", ("under_60", "60_to_79", "80_up"), cap=1, epsilon=500, unit=..., answers=ages))
    publishes(Indicator("aged_60", Words("60 岁以上的居民", "Residents aged 60 or older"), ..., "ages", {"60_to_79", "80_up"}))

A question is one noisy look at the rows; indicators are sums and shares of its cells, which cost nothing more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from linli.foundation import clock
from linli.foundation.privacy.publishing.rules.budget import whole
from linli.foundation.privacy.purposes import Words

MOST_CAP = 10


@dataclass(frozen=True)
class Period:
    """From the beginning of ``first`` to the end of ``last``, both days included, in the neighbourhood's time."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return clock.midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return clock.midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


Answers = Iterable[tuple[object, str]]
"""Pairs of whom it is about (an identifier) and the cell that it belongs to; whose first ``cap`` count."""


@dataclass(frozen=True)
class Question:
    """``cells`` do not overlap: one entry of ``answers`` counts in one cell. ``cap`` is how many entries one person (or
    household: ``unit``) may bring, ``epsilon`` what the finest answer costs, in thousandths."""

    key: str
    cells: tuple[str, ...]
    cap: int
    epsilon: int
    unit: Words
    answers: Callable[[Period], Answers]

    def __post_init__(self) -> None:
        whole(self.epsilon)
        if not 1 <= self.cap <= MOST_CAP or not self.cells or len(set(self.cells)) != len(self.cells):
            raise ValueError(f"{self.key}: cells or cap")


@dataclass(frozen=True)
class Indicator:
    """A count: the sum of ``cells``. A rate: their share of all cells of ``of``, in thousandths."""

    key: str
    title: Words
    definition: Words
    question: str
    cells: frozenset[str]
    of: frozenset[str] = frozenset()
    order: int = 50

    @property
    def is_rate(self) -> bool:
        return bool(self.of)


@dataclass(frozen=True)
class Line:
    """A row or a column of a table."""

    key: str
    words: Words


@dataclass(frozen=True)
class Matter:
    """One person's part in one matter, which stands in one cell; a matter that several brought has several of these."""

    key: object
    row: str
    column: str
    person: object


@dataclass(frozen=True)
class Table:
    """Counts of matters, not of people's traits: exact where five or more of five people or more, else hidden; once for
    each period.

    ``matters`` returns rows, columns and :class:`Matter` entries; who is not known is nobody in particular (``""``).
    """

    key: str
    title: Words
    definition: Words
    matters: Callable[[Period], tuple[Sequence[Line], Sequence[Line], Iterable[Matter]]]


_questions: dict[str, Question] = {}
_tables: dict[str, Table] = {}
_indicators: dict[str, Indicator] = {}


def asks(question: Question) -> None:
    """Register a question; raises :class:`RuntimeError` for a second one of the same key."""
    if question.key in _questions:
        raise RuntimeError(f"the question {question.key} is asked already")
    _questions[question.key] = question


def publishes(indicator: Indicator) -> None:
    """Register an indicator; raises :class:`RuntimeError` for a second one of the same key or an unknown question or
    cell."""
    question = _questions.get(indicator.question)
    if indicator.key in _indicators or question is None:
        raise RuntimeError(f"the indicator {indicator.key} is there already, or asks nothing")
    if not indicator.cells <= set(question.cells) or not indicator.of <= set(question.cells):
        raise RuntimeError(f"the indicator {indicator.key} sums cells that {question.key} has not")
    if indicator.is_rate and not indicator.cells < indicator.of:
        raise RuntimeError(f"the indicator {indicator.key} is no share")
    _indicators[indicator.key] = indicator


def tabulates(table: Table) -> None:
    """Register a table; raises :class:`RuntimeError` for a second one of the same key."""
    if table.key in _tables:
        raise RuntimeError(f"the table {table.key} is there already")
    _tables[table.key] = table


def all_tables() -> tuple[Table, ...]:
    return tuple(_tables[key] for key in sorted(_tables))


def all_questions() -> tuple[Question, ...]:
    """In the order of their keys, so that every process asks in the same order."""
    return tuple(_questions[key] for key in sorted(_questions))


def all_indicators() -> tuple[Indicator, ...]:
    """In the order in which pages show them."""
    return tuple(sorted(_indicators.values(), key=lambda one: (one.order, one.key)))


def tally(question: Question, answers: Answers) -> dict[str, int]:
    """Count the answers by cell, no more than ``cap`` of each person: the bound on which the noise is built.

    Raises :class:`ValueError` for a cell that the question does not have.
    """
    brought: defaultdict[object, int] = defaultdict(int)
    counts: Counter[str] = Counter()
    for person, cell in answers:
        if cell not in question.cells:
            raise ValueError(f"{question.key} has no cell {cell}")
        if brought[person] < question.cap:
            brought[person] += 1
            counts[cell] += 1
    return {cell: counts[cell] for cell in question.cells}
