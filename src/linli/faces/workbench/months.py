"""Months as people pick them: the last six in a list, one by its name in an address."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from linli.foundation import clock
from linli.foundation.errors import NotFound

SHOWN = 6


def recent_months(now: datetime) -> list[tuple[str, str]]:
    """The query string and the name of each, this month first."""
    first = timezone.localtime(now).date().replace(day=1)
    months = []
    for _n in range(SHOWN):
        months.append((urlencode({"month": f"{first:%Y-%m}"}), f"{first:%Y-%m}"))
        first = (first - timedelta(days=1)).replace(day=1)
    return months


def first_of_month(asked: str) -> date:
    """Of ``2026-03``; of this month for nothing. Raises :class:`NotFound` for what is no month."""
    if not asked:
        return timezone.localtime(clock.now()).date().replace(day=1)
    try:
        return date.fromisoformat(f"{asked}-01")
    except ValueError:
        raise NotFound from None


def span_of_month(first: date) -> tuple[datetime, datetime]:
    """When the month that begins on ``first`` begins and ends, on the neighbourhood's calendar."""
    after = (first + timedelta(days=32)).replace(day=1)
    return midnight(first), midnight(after)


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
