"""A home's use of water or electricity beside its own usual day. Pure.

A day counts from midnight on the neighbourhood's clock. The median of the days before needs at least seven of them;
until then, and after a gap in the readings or an exchanged meter, nothing is said. Speaks on readings alone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, told_of
from linli.understand.warnings.detectors.schedule import LOCAL

DAYS_KEPT = 28
DAYS_NEEDED = 7
LONGEST_GAP = timedelta(hours=6)
"""Between two readings; a day with a longer one has no total that could be compared."""
HOURS_KEPT = timedelta(hours=26)


class OwnDays:
    """Setting ``share``, percent of the own median day; fact ``side``.

    ``above``: what was used since midnight is more than that. ``below``: the last 24 hours used less than that.
    ``least`` is the median day under which the home is not judged: five times nothing is nothing.
    """

    by_absence = False
    learns = timedelta(days=DAYS_NEEDED + 1)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._above = rule.facts["side"] == "above"
        self._share = rule.number("share") / 100
        self._least = float(rule.settings.get("least", 0))
        self._times = float(rule.facts.get("times", 1))
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        value = seen.values[self._metric]
        meter = str(seen.device)
        last = moment(memory["last"]) if "last" in memory else None
        if last is not None and seen.time < last and memory.get("meters", {}).get(meter) is not None:
            return Said(memory)
        kept = self._with_reading(memory, meter, value, seen.time)
        usual = median(kept["days"]) if len(kept["days"]) >= DAYS_NEEDED else None
        used = kept["today"] if self._above else _last_day(kept["steps"], seen.time)
        strange = usual is not None and usual >= self._least and used is not None and self._strange(used, usual)
        told = bool(memory.get("told", False))
        if told and not strange and (not self._above or kept["day"] != memory.get("day")):
            return Said(kept | {"told": False}, ended_at=seen.time)
        if told or not strange or not self._schedule.open_at(seen.time):
            return Said(kept | {"told": told})
        assert usual is not None and used is not None
        evidence = {
            "to": seen.time.isoformat(), "used": round(used * self._times, 2), "usual": round(usual * self._times, 2),
            "share_used": round(100 * used / usual) if usual else 0, **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said(kept | {"told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _strange(self, used: float, usual: float) -> bool:
        return used > usual * self._share if self._above else used < usual * self._share

    def _with_reading(self, memory: Memory, meter: str, value: float, at: datetime) -> Memory:
        meters = dict(memory.get("meters", {}))
        last = moment(memory["last"]) if "last" in memory else at
        step = max(0.0, value - meters[meter]) if meter in meters else 0.0
        broken = at - last > LONGEST_GAP or meter not in meters or value < meters[meter]
        meters[meter] = value
        day = at.astimezone(LOCAL).date()
        before = date.fromisoformat(memory["day"]) if "day" in memory else day
        days, today, whole = list(memory.get("days", [])), memory.get("today", 0.0), memory.get("whole", False)
        if day != before:
            if whole and not broken and day == before + timedelta(days=1):
                days = [*days, round(today, 4)][-DAYS_KEPT:]
            today, whole = 0.0, not broken
        since = (at - HOURS_KEPT).isoformat()
        steps = [] if broken else [one for one in memory.get("steps", []) if one[0] >= since]
        return {
            "meters": meters, "last": at.isoformat(), "day": day.isoformat(), "days": days,
            "today": round(today + step, 4), "whole": whole and not broken,
            "steps": [*steps, [at.isoformat(), round(step, 4)]],
        }  # fmt: skip


def _last_day(steps: list[list], at: datetime) -> float | None:
    """What was used in the last 24 hours; None while they are not covered by readings."""
    since = at - timedelta(hours=24)
    if moment(steps[0][0]) > since:
        return None
    return sum(used for when, used in steps if moment(when) > since)
