"""A value beyond its limit: said at once, and once until it is clearly back. Pure.

``when`` is the condition, ``clear`` the one that ends it (by default that it no longer holds): a value that trembles
at the limit is one warning. With the setting ``again_minutes`` a condition that is said again after that time is
news, for buttons that never say that they were let go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, older, told_of
from linli.understand.warnings.detectors.conditions import Condition


class Threshold:
    by_absence = False
    standing = True

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._when = Condition(rule.facts["when"], rule.settings)
        self._clear = Condition(rule.facts.get("clear", f"not ({rule.facts['when']})"), rule.settings)
        self._schedule = rule.schedule()
        self._again = timedelta(minutes=float(rule.settings.get("again_minutes", 0)))
        self.momentary = bool(self._again)
        self.metrics = self._when.metrics | self._clear.metrics | rule.told_metrics

    def observe(self, memory: Memory, seen: Seen) -> Said:
        if older(memory, seen.time):
            return Said(memory)
        values = {**memory.get("values", {}), **seen.values}
        since = moment(memory["told"]) if "told" in memory else None
        if since is not None and self._again and seen.time - since >= self._again:
            since = None
        if since is None and self._when.holds(values) and self._schedule.open_at(seen.time):
            evidence = {"since": seen.time.isoformat(), **told_of(self.rule, values)}
            return Said(self._kept(seen, values, seen.time), warning=evidence)
        if since is not None and self._clear.holds(values):
            return Said(self._kept(seen, values, None), ended_at=seen.time)
        return Said(self._kept(seen, values, since))

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _kept(self, seen: Seen, values: dict, since: datetime | None) -> Memory:
        """Nothing but what later readings need: while all is well and each reading is whole, that is the time alone."""
        kept: Memory = {"last": seen.time.isoformat()}
        if len(self.metrics) > 1:
            kept["values"] = values
        if since is not None:
            kept["told"] = since.isoformat()
        return kept
