"""A condition that holds without a break for a while. Pure; the timer lives in memory, so it outlives a restart.

``cases`` are the conditions by name, each with the seconds after which it is said; several are one episode, which ends
when none holds. With a schedule only the time inside it counts. A rule that is ``confirmed`` warns on a reading alone,
never because a timer ran out: a device that fell silent has not shown that nothing happened. With the fact ``first`` it
counts only after that condition has held within the same hours: out of bed at night is who was in it, not who stays up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import BATTERY_LOW, Evidence, Memory, Rule, Said, Seen, older, told_of
from linli.understand.warnings.detectors.conditions import Condition
from linli.understand.warnings.detectors.holding import Holding

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600}


class Duration:
    by_absence = False
    standing = True

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._schedule = rule.schedule()
        self._confirmed = bool(rule.facts.get("confirmed", False))
        self._battery = bool(rule.facts.get("battery", False))
        self._cases: dict[str, tuple[Condition, timedelta]] = {}
        for name, case in rule.facts["cases"].items():
            unit = case["holds"].rpartition("_")[2]
            after = timedelta(seconds=rule.number(case["holds"]) * _UNITS[unit])
            self._cases[name] = (Condition(case["when"], rule.settings), after)
        first = rule.facts.get("first")
        self._first = Condition(first, rule.settings) if first else None
        battery = {"battery"} if self._battery else set()
        self.metrics = frozenset().union(
            *(when.metrics for when, _ in self._cases.values()), rule.told_metrics, battery
        )

    def observe(self, memory: Memory, seen: Seen) -> Said:
        before = {name: Holding.load(memory.get(name)) for name in self._cases}
        if older(memory, seen.time):
            return self._said(memory, before)
        values = {**memory.get("values", {}), **seen.values}
        ready = self._ready(memory, values, seen.time)
        blind = not ready or (self._battery and values.get("battery", 100) < BATTERY_LOW)
        holding = {
            name: before[name].seen(not blind and when.holds(values), seen.time)
            for name, (when, _) in self._cases.items()
        }
        memory = {"values": values, "last": seen.time.isoformat()} | ({"ready": ready} if self._first else {})
        told = any(one.told for one in before.values())
        if told and not any(one.since for one in holding.values()):
            return self._said(memory, holding, ended_at=seen.time)
        if told and not any(one.told for one in holding.values()):
            holding = {name: replace(one, told=one.since is not None) for name, one in holding.items()}
        return self._tell(memory, holding, seen.time)

    def wake(self, memory: Memory, at: datetime) -> Said:
        holding = {name: Holding.load(memory.get(name)) for name in self._cases}
        return self._said(memory, holding) if self._confirmed else self._tell(memory, holding, at)

    def _ready(self, memory: Memory, values: dict[str, float], at: datetime) -> bool:
        if self._first is None:
            return True
        return self._schedule.open_at(at) and (memory.get("ready", False) or self._first.holds(values))

    def _tell(self, memory: Memory, holding: dict[str, Holding], at: datetime) -> Said:
        """All that is ripe is one warning; its evidence speaks of the first case of the rule."""
        ripe = [name for name, one in holding.items() if (due := self._due(name, one)) is not None and due <= at]
        if not ripe:
            return self._said(memory, holding)
        evidence = self._evidence(ripe[0], holding[ripe[0]], memory.get("values", {}))
        holding = {name: replace(one, told=one.told or name in ripe) for name, one in holding.items()}
        return self._said(memory, holding, warning=evidence)

    def _due(self, name: str, holding: Holding) -> datetime | None:
        if holding.since is None or holding.told:
            return None
        return self._schedule.ripe(holding.since, self._cases[name][1])

    def _evidence(self, name: str, holding: Holding, values: dict[str, float]) -> Evidence:
        after = self._cases[name][1]
        assert holding.since is not None
        ripe = self._schedule.ripe(holding.since, after)
        assert ripe is not None
        seconds = int(after.total_seconds())
        evidence: Evidence = {"since": (ripe - after).isoformat(), "seconds": seconds, **told_of(self.rule, values)}
        return evidence if len(self._cases) == 1 else {"reason": name, **evidence}

    def _said(
        self,
        memory: Memory,
        holding: dict[str, Holding],
        *,
        warning: Evidence | None = None,
        ended_at: datetime | None = None,
    ) -> Said:
        due = [at for name, one in holding.items() if (at := self._due(name, one)) is not None]
        kept = {**memory, **{name: one.keep() for name, one in holding.items()}}
        return Said(kept, min(due, default=None) if not self._confirmed else None, warning, ended_at)
