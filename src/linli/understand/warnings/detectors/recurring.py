"""A counter of something that should not happen, which went on counting: so many faults in so many days. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, older, told_of


class Recurring:
    """Settings ``times`` and ``within_days``. Fact ``metric``, a counter; one that falls was exchanged."""

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._times = int(rule.number("times"))
        self._within = timedelta(days=rule.number("within_days"))
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        value = seen.values[self._metric]
        if older(memory, seen.time):
            return Said(memory)
        grown = max(0.0, value - memory.get("value", value))
        since = seen.time - self._within
        counted = [one for one in memory.get("counted", []) if moment(one[0]) > since]
        if grown:
            counted = [*counted, [seen.time.isoformat(), grown]][-self._times :]
        told = bool(memory.get("told", False))
        kept: Memory = {"last": seen.time.isoformat(), "value": value, "counted": counted, "told": told}
        total = sum(times for _, times in counted)
        if told and total < self._times:
            return Said(kept | {"told": False}, ended_at=seen.time)
        if told or total < self._times:
            return Said(kept)
        evidence = {
            "since": counted[0][0], "times": round(total), "days": round(self._within / timedelta(days=1)),
            **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said(kept | {"told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)
