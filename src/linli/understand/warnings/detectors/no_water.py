"""久未用水: no water drawn in the home of an elder living alone (``domain.md`` §5.5, after Shanghai's Jiangsu Road).

The rule asks the meter, never the clock: only a reading can show that nothing was used. A meter that says nothing
owes a repair, not a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from linli.understand.warnings.detectors.base import Evidence, Memory, Said, Seen, moment

QUIET_FOR = timedelta(hours=12)
SILENT_AFTER = timedelta(hours=6)
LEAST_USE = Decimal("0.01")
"""m³: less than this in :data:`QUIET_FOR` is no use."""
BATTERY_LOW = 15
"""Percent under which a reading means nothing."""
ASKED_FROM, ASKED_UNTIL = 6, 22
"""Local hours in which the rule asks (``domain.md`` §19): by night people sleep."""
LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class _Home:
    """``steps``: total volume (m³) and since when, for as long as less than :data:`LEAST_USE` was drawn since."""

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


class NoWater:
    """Less than 0.01 m³ between two readings at least 12 h apart, the later one between 6:00 and 22:00."""

    key = "no_water"
    level = "P1"
    about = "home"
    device_type = "water_meter"
    metrics = frozenset({"volume", "battery"})
    purpose = "water_care"
    elders_alone = True
    source = "上海市江苏路街道一键通实践"

    def observe(self, memory: Memory, seen: Seen) -> Said:
        home = _Home.load(memory)
        if home.last is not None and seen.time < home.last:
            return _said(home)
        home = replace(home, battery=seen.values.get("battery", home.battery))
        if home.battery < BATTERY_LOW:
            return _said(replace(home, steps=(), last=seen.time))
        if "volume" not in seen.values:
            return _said(home)
        home = _with_reading(home, seen)
        if home.told and seen.time - home.steps[0][1] < QUIET_FOR:
            return _said(replace(home, told=False), ended_at=seen.time)
        if home.told or not _asked_at(seen.time) or seen.time - home.steps[0][1] < QUIET_FOR:
            return _said(home)
        return _said(replace(home, told=True), warning=_evidence(home, seen.time))

    def wake(self, memory: Memory, at: datetime) -> Said:
        home = _Home.load(memory)
        if home.last is None or home.told_silent or at - home.last < SILENT_AFTER:
            return _said(home)
        return _said(replace(home, told_silent=True), silent_since=home.last)


def _with_reading(home: _Home, seen: Seen) -> _Home:
    volumes = {**home.volumes, str(seen.device): str(seen.values["volume"])}
    total = sum(map(Decimal, volumes.values()), Decimal(0))
    exchanged = volumes.keys() != home.volumes.keys() or (home.steps and total < home.steps[-1][0])
    steps = () if exchanged else tuple(step for step in home.steps if total - step[0] < LEAST_USE)
    if not steps or steps[-1][0] != total:
        steps = (*steps, (total, seen.time))
    return replace(home, volumes=volumes, steps=steps, last=seen.time, told_silent=False)


def _asked_at(time: datetime) -> bool:
    return ASKED_FROM <= time.astimezone(LOCAL).hour < ASKED_UNTIL


def _evidence(home: _Home, until: datetime) -> Evidence:
    (first, since), (last, _) = home.steps[0], home.steps[-1]
    return {
        "from": since.isoformat(),
        "to": until.isoformat(),
        "hours": round((until - since) / timedelta(hours=1), 1),
        "volume_from": str(first),
        "volume_to": str(last),
        "litres": float((last - first) * 1000),
    }


def _said(
    home: _Home,
    *,
    warning: Evidence | None = None,
    ended_at: datetime | None = None,
    silent_since: datetime | None = None,
) -> Said:
    owed = home.last + SILENT_AFTER if home.last and not home.told_silent else None
    return Said(home.keep(), owed, warning, ended_at, silent_since)
