"""A device that says nothing any more. Pure.

The warning is about the device, not about people: nothing is concluded from silence but that somebody should look at
the device.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment


class Silence:
    """Setting ``after_minutes``; whatever the device says ends it."""

    by_absence = True
    standing = True
    metrics: frozenset[str] = frozenset()

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._after = timedelta(minutes=rule.number("after_minutes"))
        self._schedule = rule.schedule()

    def observe(self, memory: Memory, seen: Seen) -> Said:
        if "last" in memory and seen.time <= moment(memory["last"]):
            return self._said(memory)
        ended = seen.time if memory.get("told") else None
        return self._said({"last": seen.time.isoformat()}, ended_at=ended)

    def wake(self, memory: Memory, at: datetime) -> Said:
        due = self._due(memory)
        if due is None or at < due:
            return self._said(memory)
        minutes = round(self._after / timedelta(minutes=1))
        return Said({**memory, "told": True}, warning={"since": memory["last"], "minutes": minutes})

    def _due(self, memory: Memory) -> datetime | None:
        if "last" not in memory or memory.get("told"):
            return None
        return self._schedule.opens_after(moment(memory["last"]) + self._after)

    def _said(self, memory: Memory, *, ended_at: datetime | None = None) -> Said:
        return Said(memory, self._due(memory), ended_at=ended_at)
