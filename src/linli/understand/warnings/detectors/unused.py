"""A counter that hardly counts: no water drawn, no electricity used. Pure.

久未用水 is the first of its rules (``domain.md`` §5.5, after Shanghai's Jiangsu Road). It asks the meter, never the
clock: only a reading can show that nothing was used. A meter that says nothing owes a repair, not a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from linli.understand.warnings.detectors.base import (
    BATTERY_LOW,
    Evidence,
    Memory,
    Rule,
    Said,
    Seen,
    hours,
    moment,
    told_of,
)

SILENT_AFTER = timedelta(hours=6)
"""``domain.md`` §5.5: a device offline for longer is its own work order."""


@dataclass(frozen=True)
class _Home:
    """``steps``: total count and since when, for as long as less than the least use was counted since."""

    volumes: dict[str, str]
    steps: tuple[tuple[Decimal, datetime], ...]
    last: datetime | None
    battery: float
    told: bool
    told_silent: bool

    @classmethod
    def load(cls, memory: Memory) -> _Home:
        last = memory.get("last")
        return cls(
            memory.get("volumes", {}),
            tuple((Decimal(volume), moment(since)) for volume, since in memory.get("steps", [])),
            moment(last) if last else None,
            memory.get("battery", 100),
            memory.get("told", False),
            memory.get("told_silent", False),
        )

    def keep(self) -> Memory:
        return {
            "volumes": self.volumes,
            "steps": [[str(volume), since.isoformat()] for volume, since in self.steps],
            "last": self.last.isoformat() if self.last else None,
            "battery": self.battery,
            "told": self.told,
            "told_silent": self.told_silent,
        }


class Unused:
    """Settings ``least`` and ``hours``: less than ``least`` between two readings at least ``hours`` apart, the later
    one inside the schedule. Facts ``metric``; ``battery`` where the device has one; ``owes`` where its silence is to be
    told; ``used`` and ``times``, how its sentence calls what was used. Several meters of a home count together.
    """

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._least = Decimal(str(rule.settings["least"]))
        self._after = timedelta(hours=rule.number("hours"))
        self._owes = bool(rule.facts.get("owes", False))
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric, "battery"} if rule.facts.get("battery") else {self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        home = _Home.load(memory)
        if home.last is not None and seen.time < home.last:
            return self._said(home)
        home = replace(home, battery=seen.values.get("battery", home.battery))
        if home.battery < BATTERY_LOW:
            return self._said(replace(home, steps=(), last=seen.time))
        if self._metric not in seen.values:
            return self._said(home)
        home = self._with_reading(home, seen)
        if home.told and seen.time - home.steps[0][1] < self._after:
            return self._said(replace(home, told=False), ended_at=seen.time)
        quiet = seen.time - home.steps[0][1] >= self._after
        if home.told or not quiet or not self._schedule.open_at(seen.time):
            return self._said(home)
        return self._said(replace(home, told=True), warning=self._evidence(home, seen))

    def wake(self, memory: Memory, at: datetime) -> Said:
        home = _Home.load(memory)
        if home.last is None or home.told_silent or at - home.last < SILENT_AFTER:
            return self._said(home)
        return self._said(replace(home, told_silent=True), silent_since=home.last)

    def _with_reading(self, home: _Home, seen: Seen) -> _Home:
        volumes = {**home.volumes, str(seen.device): str(seen.values[self._metric])}
        total = sum(map(Decimal, volumes.values()), Decimal(0))
        exchanged = volumes.keys() != home.volumes.keys() or (home.steps and total < home.steps[-1][0])
        steps = () if exchanged else tuple(step for step in home.steps if total - step[0] < self._least)
        if not steps or steps[-1][0] != total:
            steps = (*steps, (total, seen.time))
        return replace(home, volumes=volumes, steps=steps, last=seen.time, told_silent=False)

    def _evidence(self, home: _Home, seen: Seen) -> Evidence:
        (first, since), (last, _) = home.steps[0], home.steps[-1]
        return {
            "from": since.isoformat(),
            "to": seen.time.isoformat(),
            "hours": hours(seen.time - since),
            f"{self._metric}_from": str(first),
            f"{self._metric}_to": str(last),
            self.rule.facts.get("used", "used"): float((last - first) * int(self.rule.facts.get("times", 1))),
            **told_of(self.rule, seen.values),
        }

    def _said(
        self,
        home: _Home,
        *,
        warning: Evidence | None = None,
        ended_at: datetime | None = None,
        silent_since: datetime | None = None,
    ) -> Said:
        owed = home.last + SILENT_AFTER if self._owes and home.last and not home.told_silent else None
        return Said(home.keep(), owed, warning, ended_at, silent_since)
