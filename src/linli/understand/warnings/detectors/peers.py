"""One device beside the others of its type: what it counts for each hundred of something, in the last seven days. Pure.

All devices share one memory, which changes once a day for each. A device speaks on its own first reading of a day, when
its rate is so many times the median of the others and more than chance explains: beyond three standard deviations of a
Poisson count, as in a funnel plot (Spiegelhalter, 2005).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median

from linli.understand.warnings.detectors.base import Memory, Said, Seen, told_of
from linli.understand.warnings.detectors.day_counts import OfTwoCounters, turned

DAYS, DAYS_NEEDED = 7, 4
OTHERS_NEEDED = 4
GONE_AFTER = timedelta(days=30)
CHANCE = 3.0
BACK = 0.75
"""It is over when the rate is below so much of the limit."""


class Peers(OfTwoCounters):
    """Settings ``share`` (percent of the others' median), ``least`` (units of ``per`` a week to be judged at all).

    Facts ``metric`` and ``per``: two counters of the device; ``each`` is what the rate is told for (100 trips).
    """

    learns = timedelta(days=DAYS)

    def observe(self, memory: Memory, seen: Seen) -> Said:
        devices = memory.get("devices", {})
        key = str(seen.device)
        own = devices.get(key, {})
        turn, grown = turned(own.get("turn", {}), self._counted, seen)
        if turn == own.get("turn"):
            return Said(memory)
        own = {**own, "turn": turn}
        if grown is not None:
            own["days"] = [*own.get("days", []), [grown[name] for name in self._counted]][-DAYS:]
        still = {name: one for name, one in devices.items() if not _gone(one, seen)}
        memory = {"devices": {**still, key: own}}
        return self._compared(memory, key, seen) if grown is not None else Said(memory)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _compared(self, memory: Memory, key: str, seen: Seen) -> Said:
        rates = {name: rate for name, one in memory["devices"].items() if (rate := self._rate(one)) is not None}
        own = rates.pop(key, None)
        if own is None or len(rates) < OTHERS_NEEDED:
            return Said(memory)
        device = memory["devices"][key]
        others = median(rates.values())
        times, per = (sum(day[n] for day in device["days"]) for n in (0, 1))
        chance = others * per + CHANCE * max(1.0, others * per) ** 0.5
        told = device.get("told", False)
        if told and own < others * self._share * BACK:
            return Said(_marked(memory, key, False), ended_at=seen.time)
        if told or own <= others * self._share or times <= chance:
            return Said(memory)
        evidence = {
            "to": seen.time.isoformat(), "own": round(own * self._each, 1), "others": round(others * self._each, 1),
            "devices": len(rates), "days": len(device["days"]), **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said(_marked(memory, key, True), warning=evidence)

    def _rate(self, device: Memory) -> float | None:
        days = device.get("days", [])
        times, per = (sum(day[n] for day in days) for n in (0, 1))
        return times / per if len(days) >= DAYS_NEEDED and per >= self._least else None


def _marked(memory: Memory, key: str, told: bool) -> Memory:
    return {"devices": {**memory["devices"], key: {**memory["devices"][key], "told": told}}}


def _gone(device: Memory, seen: Seen) -> bool:
    return date.fromisoformat(device["turn"]["day"]) < (seen.time - GONE_AFTER).date()
