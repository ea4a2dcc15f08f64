"""A machine that does more and more for the same work: door movements or re-levellings for each hundred trips. Pure.

The last two weeks beside the eight before, and more than chance explains (three standard deviations of a Poisson
count): what wears changes slowly, and each machine is its own measure.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Memory, Said, Seen, told_of
from linli.understand.warnings.detectors.day_counts import OfTwoCounters, turned

RECENT, BEFORE, BEFORE_NEEDED = 14, 56, 28
CHANCE = 3.0
BACK = 0.9


class Wear(OfTwoCounters):
    """Settings ``share`` (percent of before) and ``least`` (units of ``per`` in the two weeks). Facts as in ``peers.py``."""

    learns = timedelta(days=RECENT + BEFORE_NEEDED)

    def observe(self, memory: Memory, seen: Seen) -> Said:
        turn, grown = turned(memory.get("turn", {}), self._counted, seen)
        if grown is None:
            return Said(memory if turn == memory.get("turn") else {**memory, "turn": turn})
        days = [*memory.get("days", []), [grown[name] for name in self._counted]][-RECENT - BEFORE :]
        memory = {**memory, "turn": turn, "days": days}
        if len(days) < RECENT + BEFORE_NEEDED:
            return Said(memory)
        times, per = (sum(day[n] for day in days[-RECENT:]) for n in (0, 1))
        times_before, per_before = (sum(day[n] for day in days[:-RECENT]) for n in (0, 1))
        if per < self._least or per_before < self._least:
            return Said(memory)
        now, before = times / per, times_before / per_before
        told = bool(memory.get("told", False))
        if told and now < before * self._share * BACK:
            return Said({**memory, "told": False}, ended_at=seen.time)
        chance = before * per + CHANCE * max(1.0, before * per) ** 0.5
        if told or now <= before * self._share or times <= chance:
            return Said(memory)
        evidence = {
            "to": seen.time.isoformat(), "now": round(now * self._each, 1), "before": round(before * self._each, 1),
            "days": RECENT, **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said({**memory, "told": True}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)
