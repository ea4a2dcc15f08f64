"""From a period to published numbers: ask, add noise, pay, and keep only what is useful. Runs in the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from linli.foundation.privacy.publishing import gate, noise
from linli.foundation.privacy.publishing.numbers import (
    Indicator,
    Period,
    Question,
    Table,
    all_indicators,
    all_questions,
    all_tables,
    tally,
)
from linli.foundation.privacy.publishing.published import Published
from linli.foundation.privacy.publishing.rules.budget import ONE
from linli.foundation.privacy.publishing.rules.margins import rate_margin

SHARES = (1000, 500, 250)
"""The precisions that may be asked for: the finest, half and a quarter of its budget."""
USEFUL_COUNT = 5
"""A count is published when it is at least so many times its ±: no more than 20 % off."""
USEFUL_RATE = 150
"""A rate is published when it is no more than 15 percentage points off (thousandths)."""
BOTH = 0.975
"""Part and rest of a rate each within their margin with 97.5 %, both with 95 % (Bonferroni)."""


@dataclass(frozen=True)
class Made:
    """What one indicator came to: ``value`` is ``None`` where its error would mislead."""

    key: str
    value: int | None
    error: int
    n: int | None = None
    n_error: int = 0


def epsilon_of(question: Question, share: int) -> int:
    """What one question costs at a precision, in thousandths, never nothing."""
    return max(1, question.epsilon * share // ONE)


def price_of(share: int) -> int:
    """What a release costs in all: the questions' costs add up, because one person may be in every one of them."""
    return sum(epsilon_of(question, share) for question in all_questions())


def expected_error(indicator: Indicator, share: int) -> int:
    """The ± of a count before it is drawn; of a rate that of its base."""
    question = next(q for q in all_questions() if q.key == indicator.question)
    cells = len(indicator.of or indicator.cells)
    return noise.margin_for(question.cap, epsilon_of(question, share), cells)


def answer_all(period: Period, share: int, progress: Callable[[int], None]) -> dict[str, dict[str, int]]:
    """``{question: {cell: noisy count}}``; each question is asked once. ``progress`` is told per cent."""
    questions = all_questions()
    found = {}
    for n, question in enumerate(questions):
        counts = tally(question, question.answers(period))
        drawn = noise.noisy(list(counts.values()), cap=question.cap, epsilon=epsilon_of(question, share))
        found[question.key] = dict(zip(counts, drawn, strict=True))
        progress(90 * (n + 1) // len(questions))
    return found


def make_all(answers: Mapping[str, Mapping[str, int]], share: int) -> list[Made]:
    """The indicators of the answers: sums and shares of what is noisy already, so they tell nothing more."""
    questions = {question.key: question for question in all_questions()}
    return [
        _make(indicator, questions[indicator.question], answers[indicator.question], share)
        for indicator in all_indicators()
    ]


def _make(indicator: Indicator, question: Question, cells: Mapping[str, int], share: int) -> Made:
    epsilon = epsilon_of(question, share)
    if not indicator.is_rate:
        error = noise.margin_for(question.cap, epsilon, len(indicator.cells))
        value = max(0, sum(cells[cell] for cell in indicator.cells))
        return Made(indicator.key, value if value >= USEFUL_COUNT * error else None, error)
    n_error = noise.margin_for(question.cap, epsilon, len(indicator.of))
    n = max(0, sum(cells[cell] for cell in indicator.of))
    part = min(n, max(0, sum(cells[cell] for cell in indicator.cells)))
    if n - n_error < gate.FEWEST_IN_A_RATE:
        return Made(indicator.key, None, ONE, None, n_error)
    part_error = noise.margin_for(question.cap, epsilon, len(indicator.cells), BOTH)
    rest_error = noise.margin_for(question.cap, epsilon, len(indicator.of - indicator.cells), BOTH)
    error = rate_margin(part, n, part_error, rest_error)
    return Made(indicator.key, round(ONE * part / n) if error <= USEFUL_RATE else None, error, n, n_error)


def codebook(share: int) -> list[dict]:
    """What each number means, in both languages, as it stands on the day of the release."""
    questions = {question.key: question for question in all_questions()}
    book = []
    for one in all_indicators():
        question = questions[one.question]
        book.append(
            {
                "key": one.key,
                "title": {"zh": one.title.zh, "en": one.title.en},
                "definition": {"zh": one.definition.zh, "en": one.definition.en},
                "kind": "rate" if one.is_rate else "count",
                "question": question.key,
                "unit": {"zh": question.unit.zh, "en": question.unit.en},
                "cap": question.cap,
                "epsilon": epsilon_of(question, share),
            }
        )
    return book


def tables(period: Period) -> list[dict]:
    """Every registered table through the gate, as JSON; raises :class:`NotProtected`."""
    return [_as_json(table, period) for table in all_tables()]


def _as_json(table: Table, period: Period) -> dict:
    rows, columns, found = table.matters(period)
    matters = list(found)
    told_of = {one.row for one in matters}
    shown = [row for row in rows if row.key in told_of]
    cells = gate.table(matters, [row.key for row in shown], [column.key for column in columns])
    return {
        "key": table.key,
        "title": {"zh": table.title.zh, "en": table.title.en},
        "definition": {"zh": table.definition.zh, "en": table.definition.en},
        "rows": [{"key": row.key, "zh": row.words.zh, "en": row.words.en} for row in shown],
        "columns": [{"key": column.key, "zh": column.words.zh, "en": column.words.en} for column in columns],
        "cells": [
            [_value(cells[row, column]) for column in [*(c.key for c in columns), ""]]
            for row in [*(r.key for r in shown), ""]
        ],
    }


def _value(cell: Published) -> int | None:
    return cell.value
