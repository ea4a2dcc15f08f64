"""The daily rhythm of a consenting home: how odd it is that nothing happens now, or that so much happens at night. Pure.

The home teaches by the hours in which it showed a sign of life (water drawn, a door, a movement, a stove). From the last
``DAYS`` days each hour of the day has a chance of showing one; a still hour surprises by minus the logarithm of the
chance of stillness, and the surprises of a still stretch add up (a hazard, as in survival analysis). It speaks when a
stretch is more surprising than this home's stretches are ``a_month`` times a month, by the tail of each day's greatest
one (``extreme.py``), so that a home with long quiet weekends is not asked about each and a regular one is asked about
soon. What is more than it has ever been is always told, and so is ``longest_hours``. Late rising, a missed noon and a
fall all show as stillness.

``night_hours``: awake in that many more of the night's hours than its usual night. ``meals``: so many of the day's
mealtimes without water or a stove, of those at which there mostly is some. ``decline``: the last two weeks show less than
that share of the signs of life of the eight weeks before. Speaks on readings alone, and says nothing of stillness while
a device that spoke lately owes readings: silence of a device is no stillness of the home.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import log
from statistics import fmean, median
from typing import Any

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
from linli.understand.warnings.detectors.conditions import Condition
from linli.understand.warnings.detectors.extreme import limit_for
from linli.understand.warnings.detectors.schedule import LOCAL

DAYS = 28
DAYS_NEEDED = 14
DAYS_KEPT = 70
PEAKS = 120
"""Days of which the greatest surprise is kept."""
MOST_CERTAIN = 0.98
NIGHT = (0, 5)
"""Local hours; the hour of 5 is no longer night."""
MEALS = ((6, 9), (11, 13), (17, 20))
MOSTLY = 0.8
"""Share of days with a sign of a meal at which its absence means something."""
RECENT, BEFORE = 14, 56
LONGEST_STEP = 48
"""Hours of stillness that one distant reading may add."""
OWES_AFTER, LONGEST_SILENCE, FADES = 2.0, 12.0, 0.999
"""Hours after which a device owes readings at the earliest, the longest silence that it is granted, and how what it was
granted fades with each reading."""
FORGOTTEN_AFTER = timedelta(days=7)
"""A device that said nothing for so long is taken to be gone; until then the home is not called still without it."""


class Rhythm:
    """Facts ``signs``: by metric, what a sign of life is, as ``when`` (a condition), ``grows`` (the setting by which a
    counter must at least grow) or ``rate`` (the same an hour); ``meals``, the metrics that tell of cooking.

    Settings ``surprise`` (the least that counts), ``a_month``, ``longest_hours``, ``night_hours``, ``meals``, ``decline`` (percent);
    without one, or with 0, it is not looked at.
    """

    by_absence = False
    learns = timedelta(days=DAYS)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._signs: Mapping[str, Mapping[str, str]] = rule.facts["signs"]
        self._when = {name: Condition(how["when"], rule.settings) for name, how in self._signs.items() if "when" in how}
        self._cooking = frozenset(rule.facts.get("meals", ()))
        self._surprise = rule.number("surprise")
        self._share = rule.number("a_month") / 30
        self._longest = timedelta(hours=rule.number("longest_hours"))
        self._night = float(rule.settings.get("night_hours", 0))
        self._meals = float(rule.settings.get("meals", 0))
        self._decline = float(rule.settings.get("decline", 0)) / 100
        self._schedule = rule.schedule()
        self.metrics = frozenset({*self._signs, "battery"} if rule.facts.get("battery") else self._signs)

    def observe(self, memory: Memory, seen: Seen) -> Said:
        last = moment(memory["last"]) if "last" in memory else None
        if (last is not None and seen.time < last) or seen.values.get("battery", 100) < BATTERY_LOW:
            return Said(memory)
        kept: Memory = {"days": {}, "peaks": [], "hazard": 0.0, "told": {}, "meters": {}, "sign": None, **memory}
        kept = {**kept, "days": dict(kept["days"]), "told": dict(kept["told"]), "meters": dict(kept["meters"])}
        kept |= {"cooked": dict(kept.get("cooked", {})), "heard": self._heard(kept, seen)}
        kept["metrics"] = sorted({*kept.get("metrics", ()), *(self._signs.keys() & seen.values.keys())})
        signs = {metric for metric in self._signs if metric in seen.values and self._sign(kept, metric, seen)}
        local = seen.time.astimezone(LOCAL)
        new_day = last is not None and last.astimezone(LOCAL).date() != local.date()
        self._count_still(kept, last, seen.time)
        kept["last"] = seen.time.isoformat()
        kept["days"].setdefault(local.date().isoformat(), 0)
        said = self._after_midnight(kept, seen) if new_day else None
        if signs:
            return self._alive(kept, seen, said, cooked=bool(signs & self._cooking))
        if said is not None:
            return Said(kept, warning=said)
        return self._still(kept, seen)

    def _told(self, kept: Memory, seen: Seen) -> Evidence:
        """What every reason says besides: until when, and what it knows it from, for whoever may not see all of it."""
        return {"to": seen.time.isoformat(), "heard": kept["metrics"], **told_of(self.rule, seen.values)}

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def _heard(self, kept: Memory, seen: Seen) -> dict[str, list]:
        """By device when it last spoke, and the longest it lately was silent, in hours."""
        since = (seen.time - FORGOTTEN_AFTER).isoformat()
        heard = {device: one for device, one in kept.get("heard", {}).items() if one[0] >= since}
        at, longest = heard.get(str(seen.device), (seen.time.isoformat(), 0.0))
        silent = (seen.time - moment(at)) / timedelta(hours=1)
        longest = round(min(LONGEST_SILENCE, max(silent, longest * FADES)), 2)
        return {**heard, str(seen.device): [seen.time.isoformat(), longest]}

    def _owing(self, kept: Memory, now: datetime) -> bool:
        return any(
            now - moment(at) > timedelta(hours=max(OWES_AFTER, 1.5 * longest)) for at, longest in kept["heard"].values()
        )

    def _sign(self, kept: Memory, metric: str, seen: Seen) -> bool:
        how = self._signs[metric]
        if metric in self._when:
            return self._when[metric].holds(seen.values)
        value, meter = seen.values[metric], str(seen.device)
        before: Any = kept["meters"].get(meter)
        kept["meters"][meter] = [value, seen.time.isoformat()]
        if before is None:
            return False
        if "grows" in how:
            return value - before[0] >= self.rule.number(how["grows"])
        span = (seen.time - moment(before[1])) / timedelta(hours=1)
        return span > 0 and (value - before[0]) / span >= self.rule.number(how["rate"])

    def _alive(self, kept: Memory, seen: Seen, said: Evidence | None, *, cooked: bool) -> Said:
        local = seen.time.astimezone(LOCAL)
        day = local.date().isoformat()
        kept["days"][day] |= 1 << local.hour
        if cooked and self._meals:
            kept["cooked"][day] = kept["cooked"].get(day, 0) | 1 << local.hour
        if kept["hazard"] > 0:
            kept["peak"] = round(max(kept.get("peak", 0.0), kept["hazard"]), 3)
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
        odd = kept["hazard"] > max(self._surprise, kept.get("limit", 0.0)) or stretch >= self._longest
        if not odd or self._owing(kept, seen.time) or not self._schedule.open_at(seen.time):
            return Said(kept)
        kept["told"]["still"] = True
        evidence = {"reason": "still", "from": kept["sign"], "hours": hours(stretch)}
        return Said(kept, warning={**evidence, **self._told(kept, seen)})

    def _after_midnight(self, kept: Memory, seen: Seen) -> Evidence | None:
        """A day is over: learn from it, and look back at its night, its meals and the weeks."""
        today = seen.time.astimezone(LOCAL).date()
        days = {day: bits for day, bits in sorted(kept["days"].items()) if day < today.isoformat()}
        for day in list(days)[:-DAYS_KEPT]:
            del days[day]
        kept["days"] = {**days, today.isoformat(): 0}
        cooked = {day: bits for day, bits in kept["cooked"].items() if day in list(days)[-DAYS - 1 :]}
        kept["cooked"] = cooked
        recent = list(days.values())[-DAYS:]
        kept["chances"] = [
            min(MOST_CERTAIN, (sum(bits >> hour & 1 for bits in recent) + 0.5) / (len(recent) + 1))
            for hour in range(24)
        ]
        kept["peaks"] = [*kept["peaks"], kept.pop("peak", 0.0)][-PEAKS:]
        if len(days) <= DAYS_NEEDED:
            return None
        kept["limit"] = round(min(limit_for(kept["peaks"], self._share)[0], max(kept["peaks"])), 3)
        found = self._odd_night(kept, days) or self._missed_meals(days, cooked) or self._declined(kept, days, today)
        return {**found, **self._told(kept, seen)} if found else None

    def _odd_night(self, kept: Memory, days: dict[str, int]) -> Evidence | None:
        if not self._night:
            return None
        awake = [sum(bits >> hour & 1 for hour in range(*NIGHT)) for bits in days.values()]
        usual = median(awake[-DAYS - 1 : -1])
        if awake[-1] < usual + self._night:
            return None
        return {"reason": "night", "hours": awake[-1], "usual": usual}

    def _missed_meals(self, days: dict[str, int], cooked: dict[str, int]) -> Evidence | None:
        """Somebody is at home, and mealtimes pass without water or a stove; a home that is wholly still is told otherwise."""
        if not self._meals or not list(days.values())[-1]:
            return None
        each = [[_any(cooked.get(day, 0), *meal) for day in list(days)[-DAYS - 1 :]] for meal in MEALS]
        usual = [meal for meal in each if fmean(meal[:-1]) >= MOSTLY]
        missed = sum(not meal[-1] for meal in usual)
        return {"reason": "meals", "hours": missed, "usual": len(usual)} if missed >= self._meals else None

    def _declined(self, kept: Memory, days: dict[str, int], today: date) -> Evidence | None:
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
        return {"reason": "decline", "hours": round(now, 1), "usual": round(before, 1)}


def _any(bits: int, start: int, end: int) -> bool:
    return any(bits >> hour & 1 for hour in range(start, end))
