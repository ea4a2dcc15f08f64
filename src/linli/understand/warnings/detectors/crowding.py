"""More people than a place holds, for a while. Pure; only counts, never who.

A camera's zones are places of their own (``people@gate``); the fullest is told. It is over below 85 % of the limit, so
that a count that trembles is one warning. Speaks on readings alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, older

BACK = 0.85
ZONE_MARK = "@"


class Crowding:
    """Settings ``capacity`` (people) and ``minutes``. Fact ``metric``, in any zone."""

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._capacity = rule.number("capacity")
        self._for = timedelta(minutes=rule.number("minutes"))
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        counts = {name: value for name, value in seen.values.items() if name.split(ZONE_MARK)[0] == self._metric}
        if not counts or older(memory, seen.time):
            return Said(memory)
        full: dict[str, str] = dict(memory.get("full", {}))
        told = bool(memory.get("told", False))
        for zone, people in counts.items():
            if people >= self._capacity:
                full.setdefault(zone, seen.time.isoformat())
            elif people < self._capacity * BACK or not told:
                full.pop(zone, None)
        kept: Memory = {"full": full, "told": told, "last": seen.time.isoformat()} if full or told else {}
        if told and not full:
            return Said({}, ended_at=seen.time)
        ripe = [zone for zone, since in full.items() if zone in counts and seen.time - moment(since) >= self._for]
        if told or not ripe or not self._schedule.open_at(seen.time):
            return Said(kept)
        fullest = max(ripe, key=lambda zone: counts[zone])
        evidence = {
            "since": full[fullest], "people": round(counts[fullest]), "capacity": round(self._capacity),
            "minutes": round((seen.time - moment(full[fullest])) / timedelta(minutes=1)),
            "zone": fullest.partition(ZONE_MARK)[2],
        }  # fmt: skip
        return Said(kept | {"told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)
