"""Which deadline rules a case has: the shipped table, or the community's own version that held on the day it was opened.

Where a warning opened it and nobody reported it, the time to be at the place is the warning's own (:func:`place_term`).
Petitions and requests for government information keep the times of their own law, whatever a community writes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Min

from linli.act.casework.models import Case, CasePause, DeadlineLimit, DeadlineVersion, Law
from linli.act.casework.rules.dispatching import within
from linli.act.casework.rules.reckoning import Reckoned, reckon
from linli.foundation.lifecycle import deadlines as shipped
from linli.foundation.lifecycle.deadlines import LevelRules, Mark, Rules
from linli.foundation.lifecycle.official_calendar import OFFICIAL
from linli.foundation.lifecycle.working_time import Limit, Mode, Unit
from linli.understand.warnings.arriving import ArrivalTerm, arrival_term

OWN = "own-"
LOOK_AHEAD = timedelta(days=45)
DECIDED_AHEAD = timedelta(days=7)
"""The last week of a year is decided by the notice for the next."""
STEPS = ("accept", "contact", "finish")


@dataclass(frozen=True)
class CaseRules:
    """``special`` are limits of categories, which take the place of the level's; the most exact category wins."""

    base: Rules
    special: tuple[tuple[str, str, str, Limit], ...] = ()

    def limit(self, level: str, step: str, *, category: str = "", law: str = "") -> Limit:
        if law:
            return getattr(self.base.laws[law], step)
        fitting = [one for one in self.special if one[1:3] == (level, step) and within(category, one[0])]
        best = max(fitting, key=lambda one: len(one[0].rstrip("0")), default=None)
        return best[3] if best is not None else self.base.limit(level, step)

    def extension(self, level: str, *, law: str = "") -> Limit | None:
        return (self.base.laws[law] if law else self.base.levels[level]).extension

    def source(self, *, law: str = "") -> str:
        return self.base.laws[law].source if law else self.base.source


def rules_on(day: date) -> CaseRules:
    """The rules for what the active community opens on ``day``."""
    own = DeadlineVersion.objects.filter(valid_from__lte=day).order_by("valid_from").last()
    return _own(own) if own is not None else CaseRules(shipped.rules_on(day))


def rules_of(version: str) -> CaseRules:
    """The rules that a case kept. Raises :class:`KeyError`."""
    if not version.startswith(OWN):
        return CaseRules(shipped.rules_of(version))
    own = DeadlineVersion.objects.filter(pk=int(version.removeprefix(OWN))).first()
    if own is None:
        raise KeyError(version)
    return _own(own)


def reckoned(case: Case, rules: CaseRules | None = None) -> Reckoned:
    """The three deadlines of a case by its rules. The clock of a petition runs on whatever anybody waits for."""
    rules = rules or rules_of(case.rules_version)
    known = case.pk is not None and case.law != Law.PETITION
    pauses = list(CasePause.objects.filter(case=case).values_list("started_at", "ended_at")) if known else []
    return reckon(
        {step: limit_of(case, step, rules) for step in STEPS},
        opened_at=case.opened_at,
        contact_from=_reported_at(case),
        clock_from=case.clock_from,
        pauses=pauses,
        extension=rules.extension(case.level, law=case.law) if case.extended_at is not None else None,
    )


def place_term(case: Case) -> ArrivalTerm | None:
    """By when somebody is at the place of a case that its warning opened and nobody reported; ``None`` for any other, and where
    nobody is called about the warning: then the rules of the case say it."""
    if case.warning is None or case.law or not _unreported(case):
        return None
    return arrival_term(case.warning)


def dues_of(case: Case, rules: CaseRules | None = None) -> tuple[datetime, datetime, datetime]:
    """When it is to be accepted, its speaker or its place reached, and the matter finished.

    What was owed before somebody was at the place of a warning stays as it was; nothing is to be finished before somebody
    has to be there.
    """
    due = reckoned(case, rules)
    accept, contact, finish = due.accept.due_at, due.contact.due_at, due.finish.due_at
    if case.warning_id is None or case.law:
        return accept, contact, finish
    if case.contacted_at is not None:
        contact = case.contact_by
    elif (term := place_term(case)) is not None:
        contact = term.due
    return accept, contact, max(finish, contact) if _unreported(case) else finish


def place_limit(case: Case) -> Limit | None:
    """The same term as a limit, by whose shares lateness is told."""
    term = place_term(case)
    return Limit(max(1, math.ceil(term.minutes)), Unit.CALENDAR_MINUTES) if term is not None else None


def _unreported(case: Case) -> bool:
    return case.pk is None or case.nobody_reported()


def _reported_at(case: Case) -> datetime | None:
    """When the first of the people said it who joined a warning's case: nobody waits for a call since before that."""
    if case.warning_id is None or case.pk is None:
        return None
    return case.joined.filter(withdrawn_at=None).aggregate(at=Min("joined_at"))["at"]


def limit_of(case: Case, step: str, rules: CaseRules) -> Limit:
    return rules.limit(case.level, step, category=case.category, law=case.law)


def _own(version: DeadlineVersion) -> CaseRules:
    base = shipped.rules_on(version.valid_from)
    office = base.waiting_citizen.office
    rows: Iterable[DeadlineLimit] = version.limits.all()
    limits = {
        (row.category, row.level, row.step): Limit(
            row.amount, Unit(row.unit), Mode(row.mode) if row.mode else None, office
        )
        for row in rows
    }
    levels: dict[str, LevelRules] = {
        level: replace(known, **{step: limits.get(("", level, step), getattr(known, step)) for step in STEPS})
        for level, known in base.levels.items()
    }
    marks = [Mark(float(at)) for at in version.warn_at] + [Mark(float(at), role) for at, role in version.escalate]
    own = replace(
        base, version=version.name, valid_from=version.valid_from, source=version.why, levels=levels,
        marks=tuple(sorted(marks, key=lambda mark: mark.at)),
    )  # fmt: skip
    special = tuple((category, level, step, limit) for (category, level, step), limit in limits.items() if category)
    return CaseRules(own, special)


def calendar_missing(today: date) -> int | None:
    """The year whose holidays nobody has announced to Linli though deadlines already reach into it; ``None`` when known."""
    days = (today + timedelta(days=n) for n in range(LOOK_AHEAD.days + 1))
    unknown = next((day for day in days if not OFFICIAL.is_known(day)), None)
    return (unknown + DECIDED_AHEAD).year if unknown is not None else None
