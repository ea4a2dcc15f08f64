"""A level that has changed for good: since when, from what to what. Pure.

Two-sided cumulative sums (Page, 1954) of each day's distance from the usual, in robust deviations; a single day counts
for three at most, so that one odd day is no new level. What is usual is the median of the four weeks before the sum
began to rise, so that the season may move it. Then it learns anew from the day of the change.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from linli.understand.warnings.detectors.base import Evidence, Memory, Rule, Said, Seen, told_of
from linli.understand.warnings.detectors.day_counts import turned
from linli.understand.warnings.detectors.schedule import LOCAL

DAYS, DAYS_NEEDED, DAYS_KEPT = 28, 14, 70
NORMAL = 1.4826
SLACK, ONE_DAY = 0.75, 3.0
"""Deviations that are forgiven each day, and that one day counts for at most."""


class ChangePoint:
    """Settings ``sureness`` (the sum that speaks) and ``share`` (the least change, percent of the level before).

    Facts ``metric``, ``counting`` (what it counts in a day), else its daily mean; ``times`` for the sentence.
    """

    by_absence = False
    learns = timedelta(days=DAYS)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._counting = self.at_midnight = bool(rule.facts.get("counting", False))
        self._sureness = rule.number("sureness")
        self._share = rule.number("share") / 100
        self._times = float(rule.facts.get("times", 1))
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        memory, found = self._day(memory, seen)
        if found is None:
            return Said(memory)
        days = [*memory.get("days", []), [_yesterday(seen.time), float(f"{found:.6g}")]][-DAYS_KEPT:]
        memory = {**memory, "days": days}
        for sign in (1, -1):
            begun = self._risen(days, sign)
            if begun is None:
                continue
            evidence = self._evidence(days, begun, seen)
            if abs(evidence["now"] - evidence["before"]) >= self._share * abs(evidence["before"]):
                return Said({**memory, "days": days[begun:]}, warning=evidence)
        return Said(memory)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _day(self, memory: Memory, seen: Seen) -> tuple[Memory, float | None]:
        if self._counting:
            turn, grown = turned(memory.get("turn", {}), [self._metric], seen)
            return {**memory, "turn": turn}, grown[self._metric] if grown else None
        day = seen.time.astimezone(LOCAL).date().isoformat()
        turn, value = memory.get("turn", {}), seen.values[self._metric]
        if turn and day < turn["day"]:
            return memory, None
        if turn and day == turn["day"]:
            return {**memory, "turn": {"day": day, "sum": turn["sum"] + value, "n": turn["n"] + 1}}, None
        mean = turn["sum"] / turn["n"] if turn and _yesterday(seen.time) == turn["day"] else None
        return {**memory, "turn": {"day": day, "sum": value, "n": 1}}, mean

    def _risen(self, days: list[list], sign: int) -> int | None:
        """Where the change began, once the sum has passed the limit; each day is judged by the weeks before the rise."""
        total, begun = 0.0, DAYS_NEEDED
        for n in range(DAYS_NEEDED, len(days)):
            if total == 0.0:
                begun = n
            before = [value for _, value in days[max(0, begun - DAYS) : begun]]
            usual = median(before)
            spread = max(NORMAL * median(abs(v - usual) for v in before), self._share * abs(usual) / ONE_DAY, 1e-9)
            apart = min(ONE_DAY, sign * (days[n][1] - usual) / spread)
            total = max(0.0, total + apart - SLACK)
            if total >= self._sureness and n == len(days) - 1:
                return begun
        return None

    def _evidence(self, days: list[list], begun: int, seen: Seen) -> Evidence:
        before = median(value for _, value in days[max(0, begun - DAYS) : begun])
        now = median(value for _, value in days[begun:])
        return {
            "day": days[begun][0], "days": len(days) - begun, "now": round(now * self._times, 2),
            "before": round(before * self._times, 2), **told_of(self.rule, seen.values),
        }  # fmt: skip


def _yesterday(at: datetime) -> str:
    return (at.astimezone(LOCAL).date() - timedelta(days=1)).isoformat()
