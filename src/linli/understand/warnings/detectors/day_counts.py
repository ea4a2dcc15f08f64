"""What counters count in a day, from the first readings after two midnights. Pure.

It changes memory at the first readings of a day alone, so that a device that speaks each minute costs nothing the rest of
the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from linli.understand.warnings.detectors.base import Memory, Rule, Seen
from linli.understand.warnings.detectors.schedule import LOCAL

MIDNIGHT_UNTIL = 2
"""Local hour until which a reading may stand for midnight."""


class OfTwoCounters:
    """What detectors share that look once a day at how much one counter grew for another: door movements for each hundred trips.

    Settings ``share`` (percent) and ``least`` (units of ``per`` to be judged at all). Facts ``metric`` and ``per``: two
    counters of the device; ``each`` is what the rate is told for (100 trips).
    """

    by_absence = False
    at_midnight = True

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._counted = (rule.facts["metric"], rule.facts["per"])
        self._each = float(rule.facts.get("each", 100))
        self._share = rule.number("share") / 100
        self._least = rule.number("least")
        self.metrics = frozenset(self._counted)


def turned(kept: Memory, metrics: Iterable[str], seen: Seen) -> tuple[Memory, dict[str, float] | None]:
    """What is to be kept, and once a day what each of ``metrics`` grew by in the day that ended.

    None too where a boundary is missing, a day was skipped or a counter fell (it was exchanged).
    """
    local = seen.time.astimezone(LOCAL)
    day = local.date()
    before = date.fromisoformat(kept["day"]) if "day" in kept else None
    if before is not None and day < before:
        return kept, None
    if day != before:
        follows = before is not None and day == before + timedelta(days=1)
        kept = {"day": day.isoformat(), "at": {}, "before": kept["at"] if follows else {}}
    said = {name: seen.values[name] for name in metrics if name in seen.values and name not in kept["at"]}
    if not said or local.hour >= MIDNIGHT_UNTIL:
        return kept, None
    kept = {**kept, "at": {**kept["at"], **said}}
    if not set(metrics) <= kept["at"].keys() or not set(metrics) <= kept["before"].keys():
        return kept, None
    grown = {name: kept["at"][name] - kept["before"][name] for name in metrics}
    return {**kept, "before": {}}, grown if min(grown.values()) >= 0 else None
