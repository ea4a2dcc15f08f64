"""A case as a row of a table, on the screen and in Excel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from linli.act.casework.models import Case
from linli.act.casework.queries import Hit, hits, next_due, readings_of
from linli.act.casework.wording import case_title, category_name, lateness, place_name
from linli.faces.kit.humantime import left
from linli.foundation.accounts.actor import Actor


@dataclass(frozen=True)
class Row:
    """``due_text`` is empty while the clock stands still; ``late`` when the next thing owed is overdue,
    ``hit`` where a searched word stands."""

    case: Case
    title: str
    place: str
    category: str
    grid: str
    handler: str
    due: datetime | None
    due_text: str
    late: bool
    hit: Hit | None


def rows_of(cases: Iterable[Case], now: datetime, actor: Actor, *, words: str = "") -> list[Row]:
    """With ``words``, those that were searched for are shown where they stand."""
    listed = list(cases)
    seen = readings_of(listed, actor)
    found = hits(listed, words, actor) if words else {}
    return [_row(case, now, seen, found.get(case.pk)) for case in listed]


def _row(case: Case, now: datetime, seen: frozenset[int], hit: Hit | None) -> Row:
    owed = next_due(case)
    due = owed[1] if owed else None
    return Row(
        case=case,
        title=case_title(case, seen),
        place=place_name(case),
        category=category_name(case),
        grid=str(case.grid) if case.grid else "",
        handler=case.handler.display_name if case.handler else "",
        due=due,
        due_text=(lateness(case, owed, now) or left(owed[1], now)) if owed else "",
        late=due is not None and due < now,
        hit=hit,
    )
