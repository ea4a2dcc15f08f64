"""A reading that has not moved although the device goes on speaking: stuck, iced up, or nothing going on. Pure.

Only readings can show it, so it never speaks because a timer ran out. With the fact ``inside`` only hours inside the
schedule count; otherwise all do, and the schedule says when the question may be asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import (
    BATTERY_LOW,
    Memory,
    Rule,
    Said,
    Seen,
    hours,
    moment,
    older,
    told_of,
)


class FlatLine:
    """Settings ``hours`` and ``least``: a value that stayed within ``least`` of where it was for so long.

    A battery under 15 % starts it anew where the device has one.
    """

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._least = rule.number("least")
        self._after = timedelta(hours=rule.number("hours"))
        self._inside = bool(rule.facts.get("inside", False))
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric, *rule.facts.get("also", ())})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        if older(memory, seen.time):
            return Said(memory)
        battery = seen.values.get("battery", memory.get("battery", 100))
        kept: Memory = {**memory, "last": seen.time.isoformat(), "battery": battery}
        if battery < BATTERY_LOW:
            return Said({"last": kept["last"], "battery": battery})
        if self._metric not in seen.values:
            return Said(kept)
        value = seen.values[self._metric]
        if "value" not in memory or abs(value - memory["value"]) >= self._least:
            ended = seen.time if memory.get("told") else None
            return Said({**kept, "value": value, "since": kept["last"], "told": False}, ended_at=ended)
        since = moment(memory["since"])
        span = self._schedule.inside(since, seen.time) if self._inside else seen.time - since
        if memory["told"] or span < self._after or not self._schedule.open_at(seen.time):
            return Said(kept)
        evidence = {
            "from": memory["since"], "to": kept["last"], "hours": hours(span), "value": value,
            **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said({**kept, "told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)
