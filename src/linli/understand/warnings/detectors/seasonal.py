"""A value far from what is usual at this hour of the week. Pure, a few kilobytes a device.

For each of the 168 hours of the week the last six values are kept; what is usual is their median together with those of
the hours beside it, and how far is normal their median absolute deviation (robust seasonal residual, as in STL with
robust weights: Cleveland et al., 1990, without its smoothing). One odd week therefore teaches nothing. The hour of a
reading ends with the first reading of a later one, so that memory changes hour by hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from linli.understand.warnings.detectors.base import Evidence, Memory, Rule, Said, Seen, moment, older, told_of
from linli.understand.warnings.detectors.schedule import LOCAL

WEEKS, WEEKS_NEEDED = 6, 3
NORMAL = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""
SHARE = 0.05
"""Of the usual value: no device is more regular than that."""
LONGEST = timedelta(hours=2)


class Seasonal:
    """Settings ``surprise`` (deviations from the usual) and ``hours`` in a row, ``least`` in the metric's unit.

    Facts ``metric``; ``counting`` where it counts: then the value of an hour is what it grew by in an hour.
    """

    by_absence = False
    learns = timedelta(days=7 * (WEEKS_NEEDED + 1))

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._counting = bool(rule.facts.get("counting", False))
        self._surprise = rule.number("surprise")
        self._hours = int(rule.number("hours"))
        self._least = rule.number("least")
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        value = seen.values[self._metric]
        begun = moment(memory["from"]) if "from" in memory else None
        if begun is None or older(memory, seen.time):
            return Said(memory if begun else {**memory, **_begun(seen.time, value)})
        if seen.time.astimezone(LOCAL).strftime("%F %H") == begun.astimezone(LOCAL).strftime("%F %H"):
            more = {} if self._counting else {"sum": memory["sum"] + value, "n": memory["n"] + 1}
            return Said({**memory, **more})
        found = self._of_hour(memory, begun, seen.time, value)
        memory = {**memory, **_begun(seen.time, value)}
        if found is None:
            return Said({**memory, "odd": []})
        return self._judged(memory, begun, found, seen)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _of_hour(self, memory: Memory, begun: datetime, now: datetime, value: float) -> float | None:
        if not self._counting:
            return memory["sum"] / memory["n"]
        if now - begun > LONGEST or value < memory["value"]:
            return None
        return (value - memory["value"]) / ((now - begun) / timedelta(hours=1))

    def _judged(self, memory: Memory, begun: datetime, found: float, seen: Seen) -> Said:
        local = begun.astimezone(LOCAL)
        hour = local.weekday() * 24 + local.hour
        week: dict[str, list[float]] = memory.get("week", {})
        own = week.get(str(hour), [])
        known = [v for beside in (hour - 1, hour, hour + 1) for v in week.get(str(beside % 168), [])]
        memory = {**memory, "week": {**week, str(hour): [*own, float(f"{found:.5g}")][-WEEKS:]}}
        if len(own) < WEEKS_NEEDED or not self._schedule.open_at(begun):
            return Said({**memory, "odd": []})
        usual = median(own)
        among = median(known)
        spread = NORMAL * median(abs(v - among) for v in known)
        apart = abs(found - usual) / max(spread, SHARE * abs(usual), self._least / self._surprise)
        odd = (
            [*memory.get("odd", []), [begun.isoformat(), found, usual]][-self._hours :]
            if apart >= self._surprise
            else []
        )
        told = bool(memory.get("told", False))
        memory = {**memory, "odd": odd}
        if told and apart < self._surprise / 2:
            return Said({**memory, "told": False}, ended_at=seen.time)
        if told or len(odd) < self._hours:
            return Said(memory)
        return Said({**memory, "told": True}, warning=self._evidence(odd, seen))

    def _evidence(self, odd: list[list], seen: Seen) -> Evidence:
        hours = len(odd)
        return {
            "from": odd[0][0], "to": seen.time.isoformat(), "hours": hours,
            "now": round(sum(one[1] for one in odd) / hours, 2), "usual": round(sum(one[2] for one in odd) / hours, 2),
            **told_of(self.rule, seen.values),
        }  # fmt: skip


def _begun(at: datetime, value: float) -> Memory:
    return {"from": at.isoformat(), "last": at.isoformat(), "value": value, "sum": value, "n": 1}
