"""The daily rhythm of a consenting home: how odd it is that nothing happens now, or that so much happens at night. Pure.

The home teaches by the hours in which it showed a sign of life (water drawn, a door, a movement). From the last
``DAYS`` days each hour of the day has a chance of showing one; a still hour surprises by minus the logarithm of the
chance of stillness, and the surprises of a still stretch add up (a hazard, as in survival analysis). It speaks when a
stretch is more surprising than all but two of the last year, so that a home with long quiet weekends is not asked
about each; and after ``longest_hours`` in any case. Late rising, a missed noon and a fall all show as stillness.

``night_hours``: awake in that many more of the night's hours than its usual night. ``decline``: the last two weeks show
less than that share of the signs of life of the eight weeks before. Speaks on readings alone: silence of the device is
no stillness of the home.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import log
from statistics import fmean, median

from linli.understand.warnings.detectors.base import Evidence, Memory, Rule, Said, Seen, hours, moment, told_of
from linli.understand.warnings.detectors.conditions import Condition
from linli.understand.warnings.detectors.schedule import LOCAL

DAYS = 28
DAYS_NEEDED = 14
DAYS_KEPT = 70
A_YEAR = timedelta(days=365)
RANK = 3
"""A stretch must surprise more than the one of this rank in the last year."""
MOST_CERTAIN = 0.98
NIGHT = (0, 5)
"""Local hours; the hour of 5 is no longer night."""
RECENT, BEFORE = 14, 56
LONGEST_STEP = 48
"""Hours of stillness that one distant reading may add."""


class Rhythm:
    """Facts ``metric`` and ``counting`` (a sign is a growth of at least ``least``), or ``when`` (a sign is the condition).

    Settings ``least``, ``surprise`` (the least that counts), ``longest_hours``, ``night_hours``, ``decline`` (percent).
    """

    by_absence = False

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._metric = rule.facts.get("metric", "")
        self._when = Condition(rule.facts["when"], rule.settings) if "when" in rule.facts else None
        self._least = float(rule.settings.get("least", 0))
        self._surprise = rule.number("surprise")
        self._longest = timedelta(hours=rule.number("longest_hours"))
        self._night = float(rule.settings.get("night_hours", 0))
        self._decline = float(rule.settings.get("decline", 0)) / 100
        self._schedule = rule.schedule()
        self.metrics = self._when.metrics if self._when else frozenset({self._metric})

    def observe(self, memory: Memory, seen: Seen) -> Said:
        last = moment(memory["last"]) if "last" in memory else None
        if last is not None and seen.time < last:
            return Said(memory)
        kept: Memory = {"days": {}, "spells": [], "hazard": 0.0, "told": {}, "meters": {}, "sign": None, **memory}
        kept = {**kept, "days": dict(kept["days"]), "told": dict(kept["told"]), "meters": dict(kept["meters"])}
        sign = self._sign(kept, seen)
        local = seen.time.astimezone(LOCAL)
        new_day = last is not None and last.astimezone(LOCAL).date() != local.date()
        self._count_still(kept, last, seen.time)
        kept["last"] = seen.time.isoformat()
        kept["days"].setdefault(local.date().isoformat(), 0)
        said = self._after_midnight(kept, seen) if new_day else None
        if sign:
            return self._alive(kept, seen, said)
        if said is not None:
            return Said(kept, warning=said)
        return self._still(kept, seen)

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _sign(self, kept: Memory, seen: Seen) -> bool:
        if self._when is not None:
            return self._when.holds(seen.values)
        value, meter = seen.values[self._metric], str(seen.device)
        before = kept["meters"].get(meter)
        kept["meters"][meter] = value
        return before is not None and value - before >= self._least

    def _alive(self, kept: Memory, seen: Seen, said: Evidence | None) -> Said:
        local = seen.time.astimezone(LOCAL)
        day = local.date().isoformat()
        kept["days"][day] |= 1 << local.hour
        if kept["hazard"] > 0:
            since = (seen.time - A_YEAR).isoformat()
            kept["spells"] = [one for one in kept["spells"] if one[0] >= since]
            kept["spells"].append([seen.time.isoformat(), round(kept["hazard"], 3)])
        kept |= {"hazard": 0.0, "sign": seen.time.isoformat()}
        ended = seen.time if kept["told"].pop("still", False) else None
        return Said(kept, warning=said, ended_at=ended if said is None else None)

    def _count_still(self, kept: Memory, last: datetime | None, now: datetime) -> None:
        """Add the surprise of each full hour since the last reading that began after the last sign of life."""
        if last is None or kept["sign"] is None:
            return
        chances = kept.get("chances")
        if chances is None:
            return
        hour = last.replace(minute=0, second=0, microsecond=0)
        for _ in range(LONGEST_STEP):
            if hour + timedelta(hours=1) > now:
                break
            hour += timedelta(hours=1)
            if hour > moment(kept["sign"]):
                kept["hazard"] += -log(1 - chances[hour.astimezone(LOCAL).hour])

    def _still(self, kept: Memory, seen: Seen) -> Said:
        if kept["sign"] is None or kept["told"].get("still") or len(kept["days"]) <= DAYS_NEEDED:
            return Said(kept)
        stretch = seen.time - moment(kept["sign"])
        ranked = sorted((one[1] for one in kept["spells"]), reverse=True)
        usual = ranked[RANK - 1] if len(ranked) >= RANK else 0.0
        odd = kept["hazard"] > max(self._surprise, usual) or stretch >= self._longest
        if not odd or not self._schedule.open_at(seen.time):
            return Said(kept)
        kept["told"]["still"] = True
        evidence = {"reason": "still", "from": kept["sign"], "to": seen.time.isoformat(), "hours": hours(stretch)}
        return Said(kept, warning={**evidence, **told_of(self.rule, seen.values)})

    def _after_midnight(self, kept: Memory, seen: Seen) -> Evidence | None:
        """A day is over: learn from it, and look back at its night and at the weeks."""
        today = seen.time.astimezone(LOCAL).date()
        days = {day: bits for day, bits in sorted(kept["days"].items()) if day < today.isoformat()}
        for day in list(days)[:-DAYS_KEPT]:
            del days[day]
        kept["days"] = {**days, today.isoformat(): 0}
        recent = list(days.values())[-DAYS:]
        kept["chances"] = [
            min(MOST_CERTAIN, (sum(bits >> hour & 1 for bits in recent) + 0.5) / (len(recent) + 1))
            for hour in range(24)
        ]
        if len(days) <= DAYS_NEEDED:
            return None
        return self._odd_night(kept, days, seen) or self._declined(kept, days, today, seen)

    def _odd_night(self, kept: Memory, days: dict[str, int], seen: Seen) -> Evidence | None:
        if not self._night:
            return None
        awake = [sum(bits >> hour & 1 for hour in range(*NIGHT)) for bits in days.values()]
        usual = median(awake[-DAYS - 1 : -1])
        if awake[-1] < usual + self._night:
            return None
        return {
            "reason": "night", "to": seen.time.isoformat(), "hours": awake[-1], "usual": usual,
            **told_of(self.rule, seen.values),
        }  # fmt: skip

    def _declined(self, kept: Memory, days: dict[str, int], today: date, seen: Seen) -> Evidence | None:
        counts = [bits.bit_count() for bits in days.values()]
        if not self._decline or len(counts) < RECENT + BEFORE:
            return None
        now, before = fmean(counts[-RECENT:]), fmean(counts[-RECENT - BEFORE : -RECENT])
        if now >= before * self._decline:
            kept["told"].pop("decline", None)
            return None
        told = kept["told"].get("decline")
        if told and date.fromisoformat(told) > today - timedelta(days=BEFORE):
            return None
        kept["told"]["decline"] = today.isoformat()
        return {
            "reason": "decline", "to": seen.time.isoformat(), "hours": round(now, 1), "usual": round(before, 1),
            **told_of(self.rule, seen.values),
        }  # fmt: skip
