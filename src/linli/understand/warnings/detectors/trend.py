"""A reading that creeps towards its limit: how many days are left if it goes on so. Pure.

Each day's mean of the last six weeks; the slope is the median of all slopes between two days (Theil, 1950; Sen, 1968),
and it counts when the days rise more often than chance explains (Mann, 1945: three standard deviations).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations
from math import sqrt
from statistics import median

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, told_of
from linli.understand.warnings.detectors.schedule import LOCAL

DAYS, DAYS_NEEDED = 42, 21
CHANCE = 3.0


class Trend:
    """Settings ``limit`` and ``days_left`` within which it would be reached. Fact ``metric``; readings of 0 say nothing."""

    by_absence = False
    learns = timedelta(days=DAYS_NEEDED)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._limit = rule.number("limit")
        self._days_left = rule.number("days_left")
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        value = seen.values[self._metric]
        day = seen.time.astimezone(LOCAL).date().isoformat()
        if value <= 0 or day < memory.get("day", day):
            return Said(memory)
        if day == memory.get("day"):
            return Said({**memory, "sum": memory["sum"] + value, "n": memory["n"] + 1})
        days = list(memory.get("days", []))
        if "day" in memory:
            days.append([memory["day"], float(f"{memory['sum'] / memory['n']:.5g}")])
        since = (date.fromisoformat(day) - timedelta(days=DAYS)).isoformat()
        days = [one for one in days if one[0] >= since]
        return self._judged({**memory, "day": day, "sum": value, "n": 1, "days": days}, seen)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _judged(self, memory: Memory, seen: Seen) -> Said:
        days = [(date.fromisoformat(day).toordinal(), value) for day, value in memory["days"]]
        told = bool(memory.get("told", False))
        if len(days) < DAYS_NEEDED:
            return Said(memory)
        slope, sure = rising(days)
        now = median(value for _, value in days[-7:])
        left = max(0.0, (self._limit - now) / slope) if slope > 0 else float("inf")
        if told and (sure < 1 or left > 3 * self._days_left):
            return Said({**memory, "told": False}, ended_at=seen.time)
        if told or sure < CHANCE or left > self._days_left:
            return Said(memory)
        evidence = {
            "to": seen.time.isoformat(), "now": round(now, 3), "before": round(median(v for _, v in days[:7]), 3),
            "days": days[-1][0] - days[0][0] + 1, "left": round(left), "limit": self._limit,
            **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said({**memory, "told": True}, warning=evidence)


def rising(days: list[tuple[int, float]]) -> tuple[float, float]:
    """The slope a day, and by how many standard deviations there are more rises than falls."""
    slopes = [(later[1] - one[1]) / (later[0] - one[0]) for one, later in combinations(days, 2)]
    n = len(days)
    more = sum((slope > 0) - (slope < 0) for slope in slopes)
    return median(slopes), more / sqrt(n * (n - 1) * (2 * n + 5) / 18)
