"""Water that runs while everybody sleeps, night after night: a slow leak. Pure.

The least flow over an hour of the night (minimum night flow, IWA Water Loss Task Force): a household draws nothing
in at least one hour of a night, a leak draws in all of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, older, told_of

AN_HOUR = timedelta(minutes=55)
"""Readings come a little early or late."""
LONGEST = timedelta(minutes=150)
HOURS_NEEDED = 3
DIGITS = 6


class NightFlow:
    """Settings ``per_hour`` (units of the metric) and ``nights`` in a row; the schedule is the night. Fact ``metric``."""

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._least = rule.number("per_hour")
        self._nights = int(rule.number("nights"))
        self._times = float(rule.facts.get("times", 1))
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        if self._metric not in seen.values or older(memory, seen.time):
            return Said(memory)
        value = seen.values[self._metric]
        if self._schedule.open_at(seen.time):
            return Said(self._by_night(memory, seen.time, value))
        if not memory.get("flows"):
            return Said({name: kept for name, kept in memory.items() if name != "anchor"})
        return self._morning(memory, seen)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _by_night(self, memory: Memory, at: datetime, value: float) -> Memory:
        anchor = memory.get("anchor")
        kept = {**memory, "last": at.isoformat()}
        if anchor is None or at - moment(anchor[0]) > LONGEST or value < anchor[1]:
            return kept | {"anchor": [at.isoformat(), value]}
        span = at - moment(anchor[0])
        if span < AN_HOUR:
            return kept
        flow = round((value - anchor[1]) / (span / timedelta(hours=1)), DIGITS)
        return kept | {"anchor": [at.isoformat(), value], "flows": [*memory.get("flows", []), flow]}

    def _morning(self, memory: Memory, seen: Seen) -> Said:
        flows = memory["flows"]
        nights = list(memory.get("nights", []))
        told = bool(memory.get("told", False))
        kept: Memory = {"last": seen.time.isoformat(), "told": told, "nights": nights}
        if len(flows) < HOURS_NEEDED:
            return Said(kept)
        if min(flows) < self._least:
            return Said(kept | {"nights": [], "told": False}, ended_at=seen.time if told else None)
        kept["nights"] = nights = [*nights, min(flows)][-self._nights :]
        if told or len(nights) < self._nights:
            return Said(kept)
        evidence = {
            "to": seen.time.isoformat(), "nights": len(nights), "flow": round(min(nights) * self._times, 1),
            "a_day": round(min(nights) * self._times * 24), **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said(kept | {"told": True}, warning=evidence)
