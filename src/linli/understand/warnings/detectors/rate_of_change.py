"""A reading that moves too fast, for too long. Pure.

The rate is taken between neighbouring readings, and only where they lie at most ``longest_gap_minutes`` apart: what
happened between two distant ones is not known. Speaks on readings alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, hours, moment, older, told_of

DIGITS = 6
"""Of a rate: a meter's reading is a decimal, and two of them differ by a little more or less in binary."""


class RateOfChange:
    """Settings ``per_hour`` (units of the metric an hour), ``minutes`` that it must last, ``longest_gap_minutes``.

    The fact ``direction`` is up, down or both. A counter (``counting``) that falls was exchanged and starts anew.
    """

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._counting = bool(rule.facts.get("counting", False))
        self._direction = rule.facts.get("direction", "up")
        self._limit = rule.number("per_hour")
        self._for = timedelta(minutes=float(rule.settings.get("minutes", 0)))
        self._gap = timedelta(minutes=rule.number("longest_gap_minutes"))
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        value = seen.values[self._metric]
        if older(memory, seen.time) or memory.get("last") == seen.time.isoformat():
            return Said(memory)
        fast = "value" in memory and self._fast(memory["value"], value, seen.time - moment(memory["last"]))
        kept: Memory = {"last": seen.time.isoformat(), "value": value}
        if not fast:
            return Said(kept, ended_at=seen.time if memory.get("told") else None)
        begun = memory.get("since") or [memory["last"], memory["value"]]
        kept |= {"since": begun, "told": memory.get("told", False)}
        since = moment(begun[0])
        if kept["told"] or seen.time - since < self._for or not self._schedule.open_at(seen.time):
            return Said(kept)
        evidence = {
            "from": begun[0], "to": kept["last"], "hours": hours(seen.time - since),
            "change": round(value - begun[1], 3), **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said(kept | {"told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _fast(self, before: float, now: float, span: timedelta) -> bool:
        if span > self._gap or (self._counting and now < before):
            return False
        rate = round((now - before) / (span / timedelta(hours=1)), DIGITS)
        up, down = rate >= self._limit, -rate >= self._limit
        return {"up": up, "down": down, "both": up or down}[self._direction]
