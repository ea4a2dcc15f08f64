"""A value so high that it should come no more often than a person allows: the limit follows from the alarm budget. Pure.

Peaks over a threshold, as in SPOT (Siffer et al., KDD 2017): the highest value of each six hours, so that one long peak
counts once; of the last sixty days the excesses over their 80 % quantile follow a generalised Pareto distribution,
fitted by probability-weighted moments (Hosking and Wallis, 1987: steadier than likelihood on fifty excesses); the limit
is the value that is passed as often as the budget says. What has alarmed is kept too: a new level that stays becomes
the usual one, as a budget demands. What is judged is how far a peak stands above the median of the week before it, so
that the season may move it (drift, as in DSPOT).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import log
from statistics import median

from linli.understand.warnings.detectors.base import Memory, Rule, Said, Seen, moment, older, told_of

BLOCK = timedelta(hours=6)
A_MONTH = timedelta(days=30)
BLOCKS, BLOCKS_NEEDED, WEEK = 240, 84, 28
"""Sixty days, three weeks and one: the first week is only compared with."""
TAIL = 0.2
STEEPEST = 0.45
"""Moments need a shape below one half."""
PRIOR = 20
"""Excesses that the shape is held back by: few of them say little of how heavy the tail is."""
BACK = 0.5
"""It is over when the value is back half the way from the limit to the threshold."""


def limit_for(peaks: list[float], share: float) -> tuple[float, float]:
    """The value that ``share`` of such blocks pass, and the threshold from which the tail is counted."""
    ranked = sorted(peaks, reverse=True)
    over = max(8, round(TAIL * len(ranked)))
    threshold = ranked[min(over, len(ranked) - 1)]
    if share >= over / len(ranked):
        return ranked[min(round(share * len(ranked)), len(ranked) - 1)], threshold
    excess = sorted(value - threshold for value in ranked[:over])
    first = sum(excess) / over
    second = sum(value * (1 - (n + 0.65) / over) for n, value in enumerate(excess)) / over
    if first <= 0 or first - 2 * second <= 0:
        return max(ranked[0], threshold), threshold
    shape = max(-STEEPEST, min(STEEPEST, 2 - first / (first - 2 * second))) * over / (over + PRIOR)
    scale = first * (1 - shape)
    rarer = share * len(ranked) / over
    beyond = -scale * log(rarer) if abs(shape) < 1e-6 else scale / shape * (rarer**-shape - 1)
    return threshold + beyond, threshold


class Extreme:
    """Setting ``a_month``: at most that many a device and month; ``least`` below which nothing is extreme. Fact ``metric``."""

    by_absence = False
    learns = BLOCKS_NEEDED * BLOCK

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts["metric"]
        self._share = rule.number("a_month") * (BLOCK / A_MONTH)
        self._least = rule.number("least")
        self._schedule = rule.schedule()
        self.metrics = frozenset({self._metric}) | rule.told_metrics

    def observe(self, memory: Memory, seen: Seen) -> Said:
        if self._metric not in seen.values or older(memory, seen.time):
            return Said(memory)
        value = seen.values[self._metric]
        block = int(seen.time.timestamp() // BLOCK.total_seconds())
        kept: Memory = {**memory, "last": seen.time.isoformat()}
        if block != memory.get("block"):
            kept = self._next_block(kept, block, value)
        kept["highest"] = max(kept["highest"], value)
        limit, back = kept.get("limit"), kept.get("back")
        if limit is None or back is None:
            return Said(kept)
        if kept.get("told"):
            over = value < back and seen.time - moment(kept["told"]) >= BLOCK
            return Said({**kept, "told": ""}, ended_at=seen.time) if over else Said(kept)
        if value <= limit or not self._schedule.open_at(seen.time):
            return Said(kept)
        evidence = {
            "since": seen.time.isoformat(), "value": round(value, 2), "limit": round(limit, 2),
            "a_month": float(self.rule.settings["a_month"]), **told_of(self.rule, seen.values),
        }  # fmt: skip
        return Said({**kept, "told": kept["last"]}, warning=evidence)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _next_block(self, kept: Memory, block: int, value: float) -> Memory:
        peaks = list(kept.get("peaks", []))
        if "highest" in kept:
            peaks = [*peaks, float(f"{kept['highest']:.6g}")][-BLOCKS:]
        kept = {**kept, "block": block, "highest": value, "peaks": peaks}
        if len(peaks) >= BLOCKS_NEEDED:
            usual = median(peaks[-WEEK:])
            above = [peaks[n] - median(peaks[n - WEEK : n]) for n in range(WEEK, len(peaks))]
            limit, threshold = limit_for(above, self._share)
            back = threshold + BACK * max(0.0, limit - threshold)
            kept |= {"limit": max(usual + limit, self._least), "back": usual + min(limit, back)}
        return kept
