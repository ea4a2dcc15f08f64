"""How often somebody is looked in on who asked for it instead of a sensor (探访关爱, ``domain.md`` §5.3). Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

WEEKLY = 7
YEARLY = 365
VISITED_FROM = 80
"""Years: from then on in person each week; younger elders are called each week."""

BETWEEN_CALLS = timedelta(minutes=30)
"""One call that nobody answers says little; two, half an hour apart, are a missed contact."""


def may_call_again(called_at: datetime, now: datetime) -> bool:
    """Whether a second call, ``now``, counts beside the first."""
    return now - called_at >= BETWEEN_CALLS


def first_due(today: date) -> date:
    """Within two days: who gives up a sensor is not left alone meanwhile."""
    return today + timedelta(days=2)


def next_due(due: date, done: date, every: int) -> date:
    """``every`` days after it was done; a late visit moves the rhythm, an early one does not shorten it."""
    return max(due, done) + timedelta(days=every)
