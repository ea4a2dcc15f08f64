"""Something that happens again and again: so many beginnings of a condition within a while. Pure.

What must be the ``same`` for beginnings to belong together is named by metric: three doors opened at three floors are
three riders, at one floor they are a fault.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, older, told_of
from linli.understand.warnings.detectors.conditions import Condition


class Repetition:
    """Settings ``times`` and ``within_minutes``."""

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._when = Condition(rule.facts["when"], rule.settings)
        self._same = tuple(rule.facts.get("same", ()))
        self._times = int(rule.number("times"))
        self._within = timedelta(minutes=rule.number("within_minutes"))
        self._schedule = rule.schedule()
        self.metrics = self._when.metrics | frozenset(self._same) | rule.told_metrics

    def observe(self, memory: Memory, seen: Seen) -> Said:
        if older(memory, seen.time):
            return self._said(memory)
        values = {**memory.get("values", {}), **seen.values}
        holds = self._when.holds(values)
        same = [values.get(name) for name in self._same]
        begun = self._still(memory.get("begun", []) if memory.get("same", same) == same else [], seen.time)
        if holds and not memory.get("holds", False) and self._schedule.open_at(seen.time):
            begun = [*begun, seen.time.isoformat()]
        told = bool(memory.get("told", False))
        kept: Memory = {
            "values": values, "last": seen.time.isoformat(), "holds": holds, "same": same, "told": told,
            "begun": begun[-self._times:],
        }  # fmt: skip
        if told and not begun:
            return self._said(kept | {"told": False}, ended_at=seen.time)
        if told or len(begun) < self._times:
            return self._said(kept)
        evidence = {
            "since": begun[0], "times": len(begun), "minutes": self._within / timedelta(minutes=1),
            **told_of(self.rule, values),
        }  # fmt: skip
        return self._said(kept | {"told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        begun = self._still(memory.get("begun", []), at)
        if memory.get("told") and not begun:
            return Said({**memory, "begun": [], "told": False}, ended_at=at)
        return self._said({**memory, "begun": begun})

    def _still(self, begun: list[str], at: datetime) -> list[str]:
        return [one for one in begun if at - moment(one) < self._within]

    def _said(self, memory: Memory, *, warning: dict | None = None, ended_at: datetime | None = None) -> Said:
        """While it has been told, it is over when the last beginning is old."""
        begun = memory.get("begun", [])
        due = moment(begun[-1]) + self._within if memory.get("told") and begun else None
        return Said(memory, due, warning, ended_at)
