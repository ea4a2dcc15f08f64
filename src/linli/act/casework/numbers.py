"""Whether it helped: on time, solved, satisfied; and what was raised where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from linli.act.casework.models import CaseRequest, Rating, State
from linli.act.casework.rules.three_rates import SATISFIED_FROM
from linli.foundation.privacy.publishing.numbers import (
    Answers,
    Indicator,
    Line,
    Matter,
    Period,
    Question,
    Table,
    asks,
    publishes,
    tabulates,
)
from linli.foundation.privacy.purposes import Words
from linli.foundation.registry.models import Grid
from linli.understand.triage.taxonomy import categories

PERSON = Words("人", "person")
CLOSED = (State.CLOSED, State.ARCHIVED)
SOLVED = frozenset({"solved_satisfied", "solved_not_satisfied"})
SATISFIED = frozenset({"solved_satisfied", "not_solved_satisfied"})
ANSWERS = SOLVED | SATISFIED | {"not_solved_not_satisfied"}


def closed_on_time(period: Period) -> Answers:
    """What each reporter brought that ended in the period, newest first, by whether it was done within its limit."""
    joined = CaseRequest.objects.filter(
        case__closed_at__gte=period.begins,
        case__closed_at__lt=period.ends,
        case__state__in=CLOSED,
        withdrawn_at=None,
        request__speaker__isnull=False,
    )
    columns = ("request__speaker_id", "case__fed_back_at", "case__closed_at", "case__finish_by")
    for speaker, fed_back, closed, finish_by in joined.order_by("-case__closed_at", "-pk").values_list(*columns):
        yield speaker, "on_time" if (fed_back or closed) <= finish_by else "late"


def last_words(period: Period) -> Answers:
    """What each reporter of a matter that ended in the period said of it last, newest first."""
    ratings = Rating.objects.filter(
        case__closed_at__gte=period.begins,
        case__closed_at__lt=period.ends,
        case__state__in=CLOSED,
        request__speaker__isnull=False,
    ).order_by("-case__closed_at", "-round", "-pk")
    seen: set[int] = set()
    for request, speaker, solved, satisfaction in ratings.values_list(
        "request_id", "request__speaker_id", "solved", "satisfaction"
    ):
        if request not in seen:
            seen.add(request)
            happy = "satisfied" if satisfaction >= SATISFIED_FROM else "not_satisfied"
            yield speaker, f"{'solved' if solved else 'not_solved'}_{happy}"


def raised_where(period: Period) -> tuple[Sequence[Line], Sequence[Line], Iterable[Matter]]:
    """Matters of residents by class and grid, and who brought them: by the register, else by the number that called.

    What only staff with a duty may see is left out.
    """
    classes = [one for code, one in categories().items() if code.endswith("0000") and not one.restricted]
    rows = [Line(one.code[:2], Words(one.zh[0], one.en[0])) for one in classes]
    columns = [
        Line(str(grid.number), Words(f"第 {grid.number} 网格", f"Grid {grid.number}"))
        for grid in Grid.objects.order_by("number")
    ]
    known = {row.key for row in rows}
    joined = CaseRequest.objects.filter(
        case__opened_at__gte=period.begins, case__opened_at__lt=period.ends, case__grid__isnull=False
    )
    cases = joined.values_list(
        "case_id", "case__category", "case__grid__number", "request__speaker_id", "request__speaker_phone_index"
    )
    matters = (
        Matter(case, category[:2], str(grid), speaker or number)
        for case, category, grid, speaker, number in cases
        if category[:2] in known
    )
    return rows, columns, matters


def register() -> None:
    asks(Question("casework.closed", ("on_time", "late"), 2, 1000, PERSON, closed_on_time))
    asks(Question("casework.answers", tuple(sorted(ANSWERS)), 2, 1000, PERSON, last_words))
    publishes(
        Indicator(
            "on_time",
            Words("按时办完的", "Done on time"),
            Words(
                "这段时间办结的事里，在期限内办完的占多少。每人最多算最近的两件。",
                "Of the matters that ended in the period, the share done within the limit. The last two of each person "
                "count.",
            ),
            "casework.closed",
            frozenset({"on_time"}),
            frozenset({"on_time", "late"}),
            order=40,
        )
    )
    publishes(
        Indicator(
            "resolution",
            Words("居民说办好了的", "Solved, say residents"),
            Words(
                "来评价的人里，说“办好了”的占多少。没有评价的不算。每人最多算最近的两次。",
                "Of those who answered, the share who said that it was solved. Silence does not count. The last two "
                "answers of each person count.",
            ),
            "casework.answers",
            SOLVED,
            ANSWERS,
            order=41,
        )
    )
    publishes(
        Indicator(
            "satisfaction",
            Words("居民满意的", "Satisfied residents"),
            Words(
                "来评价的人里，说“满意”或“基本满意”的占多少。没有评价的不算。每人最多算最近的两次。",
                "Of those who answered, the share who were satisfied or fairly satisfied. Silence does not count. The "
                "last two answers of each person count.",
            ),
            "casework.answers",
            SATISFIED,
            ANSWERS,
            order=42,
        )
    )
    tabulates(
        Table(
            "raised_where",
            Words("什么事，哪个网格", "What was raised, and in which grid"),
            Words(
                "这段时间居民反映并立了案的事，按种类和网格数。准确的数，只是少于 5 件、或者提的人不到五个的格子不写。"
                "有时多藏几格，免得从合计里倒推出来。",
                "Matters of residents opened in the period, by kind and grid. Exact, except that cells under 5, and those "
                "that fewer than five people brought, are left blank, and sometimes a few more, so that they cannot be worked out from the totals.",
            ),
            raised_where,
        )
    )
