"""The legal deadline of a request about one's own information, and its one extension. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.foundation.lifecycle.deadlines import Mark, Rules
from linli.foundation.lifecycle.working_time import Deadline

OVERDUE = Mark(1.0, "community_director")
"""Past the deadline the director is told, whoever owns the request."""


def due(rules: Rules, opened_at: datetime) -> Deadline:
    """Fifteen working days, counted from the next day, to the end of the last."""
    return rules.rights.due_from(opened_at)


def extended(rules: Rules, due_at: datetime) -> Deadline:
    """As many working days again after the last day that there was: an end at 24:00 belongs to the day before."""
    return rules.rights_extension.due_from(due_at - timedelta(microseconds=1))


def marks_passed(rules: Rules, due_at: datetime, now: datetime, *, was_extended: bool) -> tuple[Mark, ...]:
    """Reminders at the shares that the rules name for every limit, and the escalation once it is over."""
    limit = rules.rights_extension if was_extended else rules.rights
    used = limit.used(due_at, now)
    reminders = tuple(mark for mark in rules.marks if not mark.escalate_to and used >= mark.at)
    return (*reminders, OVERDUE) if now >= due_at else reminders
