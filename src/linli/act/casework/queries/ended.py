"""Cases that ended, as the figures count them: plain rows, because there are tens of thousands of them in a year.

Model instances with four prefetched relations each took half a millisecond a case; these take some twenty microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case as DatabaseCase
from django.db.models import CharField, Count, Exists, OuterRef, Q, Value, When

from linli.act.casework.models import MOST_ATTEMPTS, CallAttempt, CaseQuerySet, CaseRequest, Outcome, Rating, State
from linli.act.casework.rules import three_rates as rules
from linli.understand.triage.taxonomy import OF_DEVICES

COLUMNS = (
    "pk", "state", "law", "outcome", "category", "grid_id", "building_id", "opened_at", "contacted_at", "contact_by",
    "dispatched_at", "fed_back_at", "closed_at", "finish_by", "reopened_times", "returned_times",
)  # fmt: skip


class Word(NamedTuple):
    """What one reporter said of how it ended."""

    pk: int
    request_id: int
    solved: bool
    satisfaction: int


@dataclass(slots=True)
class Ended:
    """``words`` are the last ones of each reporter by request, ``attempts`` the rounds and requests of calls that nobody answered."""

    pk: int
    state: str
    law: str
    outcome: str
    category: str
    grid_id: int | None
    building_id: int | None
    opened_at: datetime
    contacted_at: datetime | None
    contact_by: datetime
    dispatched_at: datetime | None
    fed_back_at: datetime | None
    closed_at: datetime
    finish_by: datetime
    reopened_times: int
    returned_times: int
    words: dict[int, Word] = field(default_factory=dict)
    attempts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def contacted_in_time(self) -> bool:
        return self.contacted_at is not None and self.contacted_at <= self.contact_by

    @property
    def order(self) -> rules.Order:
        answers = tuple(rules.Answer(word.solved, word.satisfaction) for word in self.words.values())
        return rules.Order(self.contacted_in_time, answers, self.excluded)

    @property
    def excluded(self) -> str:
        """Why it is not in the base of the three rates; empty where it is."""
        if self.state == State.MERGED:
            return "duplicate"
        if self.state == State.WITHDRAWN:
            return "withdrawn"
        if self.unreachable:
            return "unreachable"
        if self.law:
            return "own_law"
        return "not_ours" if self.outcome == Outcome.NOT_OURS else ""

    @property
    def unreachable(self) -> bool:
        """Nobody answered though each reporter was called three times at different times."""
        if self.words or not self.attempts:
            return False
        counts: dict[int, int] = {}
        for round_, request_id in self.attempts:
            if round_ == self.reopened_times:
                counts[request_id] = counts.get(request_id, 0) + 1
        return bool(counts) and min(counts.values()) >= MOST_ATTEMPTS


def ended_between(start: datetime, end: datetime, of: CaseQuerySet) -> tuple[CaseQuerySet, list[Ended]]:
    """Cases of requests among ``of`` that ended in ``[start, end)``, to ask further about, and as rows; three queries."""
    cases = cases_ended(start, end, of)
    rows = {values[0]: Ended(*values) for values in cases.order_by().values_list(*COLUMNS)}
    inside = {"case__in": cases.order_by().values("pk")}
    for case_id, *word in (
        Rating.objects.filter(**inside)
        .order_by("round")
        .values_list("case_id", "pk", "request_id", "solved", "satisfaction")
    ):
        _note(rows, case_id, Word._make(word))
    for case_id, round_, request_id in CallAttempt.objects.filter(**inside).values_list(
        "case_id", "round", "request_id"
    ):
        if (row := rows.get(case_id)) is not None:
            row.attempts.append((round_, request_id))
    return cases, list(rows.values())


def cases_ended(start: datetime, end: datetime, of: CaseQuerySet) -> CaseQuerySet:
    """Cases of requests among ``of`` that ended in ``[start, end)``."""
    return of.filter(when_ended(start, end))


def when_ended(start: datetime, end: datetime, path: str = "") -> Q:
    """The same as a condition on rows from which ``path`` leads to the case, whoever may see it."""
    by_people = Q(**{f"{path}warning": None}) & ~Q(**{f"{path}category__in": OF_DEVICES})
    return Q(
        by_people | Exists(CaseRequest.objects.filter(case=OuterRef(f"{path}pk"))),
        **{
            f"{path}closed_at__gte": start,
            f"{path}closed_at__lt": end,
            f"{path}state__in": [State.CLOSED, State.ARCHIVED, State.MERGED, State.WITHDRAWN],
        },
    )


def why_excluded(path: str = "", *, answered: bool = False) -> DatabaseCase:
    """:attr:`Ended.excluded` as a column of rows from which ``path`` leads to the case; nobody who has ``answered`` was beyond
    reach, so that this is not asked."""
    here = {"case": OuterRef(f"{path}pk")}
    of_round = CallAttempt.objects.filter(**here, round=OuterRef(f"{path}reopened_times"))
    too_few = of_round.order_by().values("request").annotate(calls=Count("pk")).filter(calls__lt=MOST_ATTEMPTS)
    unreachable = Exists(of_round) & ~Exists(too_few) & ~Exists(Rating.objects.filter(**here))
    return DatabaseCase(
        When(**{f"{path}state": State.MERGED}, then=Value("duplicate")),
        When(**{f"{path}state": State.WITHDRAWN}, then=Value("withdrawn")),
        *([] if answered else [When(unreachable, then=Value("unreachable"))]),
        When(~Q(**{f"{path}law": ""}), then=Value("own_law")),
        When(**{f"{path}outcome": Outcome.NOT_OURS}, then=Value("not_ours")),
        default=Value(""),
        output_field=CharField(),
    )


def _note(rows: dict[int, Ended], case_id: int, word: Word) -> None:
    if (row := rows.get(case_id)) is not None:
        row.words[word.request_id] = word


def keys(cases: Iterable[Ended]) -> tuple[int, ...]:
    return tuple(case.pk for case in cases)
