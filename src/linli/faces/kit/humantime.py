"""Time as people say it: "还剩 2 小时", "等了 35 分钟", "今天 17:00 前". Pure functions of two aware datetimes.

Exact to the minute under an hour, to the hour under a working day; beyond that the clock time says more than a
count. Calendar days are those of the current time zone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
COUNTED_HOURS = 4
"""Up to this many hours a deadline is counted ("还剩 2 小时"); later ones are told by the clock."""


def span(seconds: float) -> str:
    """A length of time in its largest whole unit, never negative: 35 分钟, 2 小时, 3 天."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return ngettext("%(n)d 秒", "%(n)d 秒", whole) % {"n": whole}
    if whole < HOUR:
        return ngettext("%(n)d 分钟", "%(n)d 分钟", whole // MINUTE) % {"n": whole // MINUTE}
    if whole < 2 * DAY:
        return ngettext("%(n)d 小时", "%(n)d 小时", whole // HOUR) % {"n": whole // HOUR}
    return ngettext("%(n)d 天", "%(n)d 天", whole // DAY) % {"n": whole // DAY}


def ago(moment: datetime, now: datetime) -> str:
    """How old something is: 刚刚, 3 秒前, 41 分钟前, 昨天 16:00, 11 月 3 日 09:00."""
    seconds = (now - moment).total_seconds()
    if seconds < 1:
        return _("刚刚")
    if seconds < 12 * HOUR and _days_apart(moment, now) == 0:
        return _("%(span)s前") % {"span": span(seconds)}
    return at(moment, now)


def waited(since: datetime, now: datetime) -> str:
    return _("等了 %(span)s") % {"span": span((now - since).total_seconds())}


def left(deadline: datetime, now: datetime) -> str:
    """A deadline: 还剩 6 分钟, 今天 17:00 前, 周五 12:00 前, or how long it is overdue."""
    seconds = (deadline - now).total_seconds()
    if seconds < 0:
        return _("超期 %(span)s") % {"span": span(max(MINUTE, -seconds))}
    if seconds < COUNTED_HOURS * HOUR:
        return _("还剩 %(span)s") % {"span": span(max(MINUTE, seconds))}
    return _("%(moment)s 前") % {"moment": until(deadline, now)}


def until(deadline: datetime, now: datetime) -> str:
    """A point in time at which something ends: midnight is 24:00 of the day before, as a deadline is spoken."""
    local = timezone.localtime(deadline)
    if (local.hour, local.minute) != (0, 0):
        return at(deadline, now)
    return _day_and_clock(local - timedelta(hours=1), "24:00", now)


def at(moment: datetime, now: datetime) -> str:
    """A point in time by day and clock: 今天 17:00, 昨天 08:38, 周五 12:00, 12 月 8 日 09:30, 2025 年 3 月 1 日."""
    local = timezone.localtime(moment)
    return _day_and_clock(local, f"{local:%H:%M}", now)


def _day_and_clock(local: datetime, clock: str, now: datetime) -> str:
    days = _days_apart(now, local)
    if days == 0:
        return _("今天 %(clock)s") % {"clock": clock}
    if days == 1:
        return _("明天 %(clock)s") % {"clock": clock}
    if days == -1:
        return _("昨天 %(clock)s") % {"clock": clock}
    if 1 < days < 7:
        return _("%(weekday)s %(clock)s") % {"weekday": weekday(local), "clock": clock}
    if local.year == timezone.localtime(now).year:
        return _("%(day)s %(clock)s") % {"day": month_day(local), "clock": clock}
    return _("%(year)d 年 %(day)s") % {"year": local.year, "day": month_day(local)}


def weekday(moment: datetime) -> str:
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return names[moment.weekday()]


def month_day(moment: datetime) -> str:
    return _("%(month)d 月 %(day)d 日") % {"month": moment.month, "day": moment.day}


def _days_apart(first: datetime, second: datetime) -> int:
    """Calendar days from ``first`` to ``second`` in the current time zone."""
    apart: timedelta = timezone.localtime(second).date() - timezone.localtime(first).date()
    return apart.days
