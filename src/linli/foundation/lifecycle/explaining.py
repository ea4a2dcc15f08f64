"""A deadline's account in the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.lifecycle.working_time import LOCAL, Deadline, Mode, Part, Unit

_RULES = {
    Unit.CALENDAR_MINUTES: gettext_lazy("时限：%(amount)d 分钟。"),
    Unit.CALENDAR_HOURS: gettext_lazy("时限：%(amount)d 小时。"),
    Unit.CALENDAR_DAYS: gettext_lazy("时限：%(amount)d 天。"),
    Unit.WORKING_HOURS: gettext_lazy("时限：%(amount)d 个工作小时，只算上班时间。"),
}
_DAYS_FROM_TOMORROW = gettext_lazy("时限：%(amount)d 个工作日，从第二天算起，到最后一天 24 点。")
_DAYS_IN_HOURS = gettext_lazy("时限：%(amount)d 个工作日，按上班时间算。")

_DAYS_OFF = {
    "weekend": gettext_lazy("周末"),
    "New Year's Day": gettext_lazy("元旦"),
    "Spring Festival": gettext_lazy("春节"),
    "Tomb-sweeping Day": gettext_lazy("清明节"),
    "Labour Day": gettext_lazy("劳动节"),
    "Dragon Boat Festival": gettext_lazy("端午节"),
    "National Day": gettext_lazy("国庆节"),
    "Mid-autumn Festival": gettext_lazy("中秋节"),
}


def explain(deadline: Deadline) -> list[str]:
    """Sentences in the order of the reckoning; days off of one reason are told together."""
    said: list[str] = []
    days_off: dict[str, list[date]] = {}
    for part in deadline.parts:
        if part.kind == "day_off":
            days_off.setdefault(part.values["reason"], []).append(part.values["day"])
            continue
        if part.kind in {"calendar_unknown", "due"}:
            said += _skipped(days_off)
            days_off = {}
        said.append(_sentence(part))
    return said


def moment(at: datetime) -> str:
    """``3 月 6 日 24:00``: midnight is told as the end of the day before."""
    local = at.astimezone(LOCAL)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return _("%(day)s 24:00") % {"day": calendar_day(local.date() - timedelta(days=1))}
    return f"{calendar_day(local.date())} {local:%H:%M}"


def _sentence(part: Part) -> str:
    values = part.values
    match part.kind:
        case "start":
            return _("从 %(at)s 起算。") % {"at": moment(values["at"])}
        case "rule" if values["unit"] == Unit.WORKING_DAYS:
            rule = _DAYS_IN_HOURS if values["mode"] == Mode.HOURS else _DAYS_FROM_TOMORROW
            return str(rule) % {"amount": values["amount"]}
        case "rule":
            return str(_RULES[values["unit"]]) % {"amount": values["amount"]}
        case "make_up_day":
            return _("%(day)s 是补班日，算工作日。") % {"day": calendar_day(values["day"])}
        case "calendar_unknown":
            return _("注意：%(year)d 年的放假安排还没有，暂按周末休息计算，公布后可能要改。") % values
        case "paused":
            return _("%(from)s 到 %(to)s 计时暂停，原定 %(was_due)s。") % {
                name: moment(at) for name, at in values.items()
            }
        case "due":
            return _("最晚 %(at)s。") % {"at": moment(values["at"])}
    raise ValueError(f"unknown part {part.kind}")


def _skipped(days_off: dict[str, list[date]]) -> list[str]:
    return [
        _("不算：%(reason)s %(days)s。")
        % {"reason": _DAYS_OFF.get(reason, reason), "days": _("、").join(calendar_day(day) for day in days)}
        for reason, days in days_off.items()
    ]


def calendar_day(day: date) -> str:
    return _("%(month)d 月 %(day)d 日") % {"month": day.month, "day": day.day}
