"""公示: showing something to everybody for some days before it holds. Pure: no database."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from linli.foundation.lifecycle.deadlines import Rules
from linli.foundation.lifecycle.working_time import LOCAL


def shown_until(rules: Rules, announced_at: datetime) -> datetime:
    """The end (UTC) of the last day of a publicity period: the day of announcing does not count, the last is whole.

    Announced on Monday at 09:00, seven days last until the Monday after at 24:00 local.
    """
    last = rules.publicity.due_from(announced_at).due_at.astimezone(LOCAL).date()
    return datetime.combine(last + timedelta(days=1), time(), LOCAL).astimezone(announced_at.tzinfo)
