"""The daily rhythm of a consenting home: how odd it is that nothing happens now, or that so much happens at night. Pure.

The home teaches by the hours in which it showed a sign of life (water drawn, a door, a movement, a stove). A still hour
surprises by how rare it is in the last ``DAYS`` days (``stillness.py``), and the surprises of a still stretch add up. It
speaks when a stretch is more surprising than this home's stretches are ``a_month`` times a month, by the tail of each day's greatest
one (``extreme.py``), so that a home with long quiet weekends is not asked about each and a regular one is asked about
soon. What is more than it has ever been is always told, and so is ``longest_hours``. Late rising, a missed noon and a
fall all show as stillness.

A stretch after the door (``leaves``) is another than one inside: nothing stirs because somebody went out. The two are
learned and limited apart, so that long days out do not make the home deaf to stillness within, and a walk is no
stillness. Who does not come back is told too, by what is usual of being out.

A leak or a fan heater runs without anybody: a counter shows a sign of life only by what it counts beyond its least
flow of the last hours (minimum night flow, IWA).

``night_hours``: awake in that many more of the night's hours than its usual night. ``meals``: so many of the day's
mealtimes without water or a stove, of those at which there mostly is some. ``decline``: the last two weeks show less than
that share of the signs of life of the eight weeks before. Speaks on readings alone, and says nothing of stillness while
a device that spoke lately owes readings: silence of a device is no stillness of the home.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
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
from linli.understand.warnings.detectors.stillness import INSIDE, OUT, surprise_of, surprises

DAYS = 28
DAYS_NEEDED = 14
DAYS_KEPT = 70
PEAKS = 120
"""Days of which the greatest surprise is kept."""
DOOR_MOMENT = timedelta(minutes=1)
"""Whoever stirs so soon after the door may still be on the way out."""
FLOW_OVER, FEWEST_FLOWS = timedelta(hours=2), 3
"""What never falls lower for so long, and over so many readings, flows by itself."""
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
AN_HOUR = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=7)
"""A device that said nothing for so long is taken to be gone; until then the home is not called still without it."""

JUST_BEFORE = timedelta(seconds=1)
"""What is read on the stroke of an hour happened in the hour before."""
_EMPTY: Mapping[str, Any] = {
    "days": {}, "out": {}, "cooked": {}, "heard": {}, "metrics": [], "meters": {}, "chances": {}, "peak": {}, "peaks": {},
    "limit": {}, "told": {}, "hazard": 0.0, "still": 0, "sign": None, "left": False, "door": None, "last": None,
}  # fmt: skip
"""What it remembers: by day the hours with a sign (``days``), those that began while somebody was out (``out``) and those
with cooking; of the present stretch its surprise, length and beginning (``hazard``, ``still``, ``sign``, ``left``)."""


class Rhythm:
    """Facts ``signs``: by metric, what a sign of life is, as ``when`` (a condition), ``grows`` (the setting by which a
    counter must at least grow) or ``rate`` (the same an hour); ``meals``, the metrics that tell of cooking; ``leaves``,
    those by which somebody may have gone out.

    Settings ``surprise`` (the least that counts), ``a_month``, ``longest_hours``; ``shortest_hours`` before which it never
    speaks, and ``out_hours`` likewise after the door; ``night_hours``, ``meals``, ``decline`` (percent), which are not looked
    at without one, or with 0.
    """

    by_absence = False
    learns = timedelta(days=DAYS)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._signs: Mapping[str, Mapping[str, str]] = rule.facts["signs"]
        self._when = {name: Condition(how["when"], rule.settings) for name, how in self._signs.items() if "when" in how}
        self._cooking = frozenset(rule.facts.get("meals", ()))
        self._leaving = frozenset(rule.facts.get("leaves", ()))
        self._surprise = rule.number("surprise")
        self._share = rule.number("a_month") / 30
        self._longest = timedelta(hours=rule.number("longest_hours"))
        self._shortest = timedelta(hours=float(rule.settings.get("shortest_hours", 0)))
        self._out = timedelta(hours=float(rule.settings.get("out_hours", 0)))
        self._night = float(rule.settings.get("night_hours", 0))
        self._meals = float(rule.settings.get("meals", 0))
        self._decline = float(rule.settings.get("decline", 0)) / 100
        self._schedule = rule.schedule()
        self.metrics = frozenset({*self._signs, "battery"} if rule.facts.get("battery") else self._signs)

    def observe(self, memory: Memory, seen: Seen) -> Said:
        last = moment(memory["last"]) if memory.get("last") else None
        if (last is not None and seen.time < last) or seen.values.get("battery", 100) < BATTERY_LOW:
            return Said(memory)
        kept: Memory = {name: _copied(memory.get(name, empty)) for name, empty in _EMPTY.items()}
        kept["heard"] = self._heard(kept, seen)
        kept["metrics"] = sorted({*kept["metrics"], *(self._signs.keys() & seen.values.keys())})
        begun = {
            metric: at
            for metric in self._signs
            if metric in seen.values and (at := self._sign(kept, metric, seen)) is not None
        }
        local = seen.time.astimezone(LOCAL)
        new_day = last is not None and last.astimezone(LOCAL).date() != local.date()
        self._count_still(kept, last, seen.time)
        kept["last"] = seen.time.isoformat()
        kept["days"].setdefault(local.date().isoformat(), 0)
        said = self._after_midnight(kept, seen) if new_day else None
        if begun:
            return self._alive(kept, seen, said, begun)
        if said is not None:
            return Said(kept, warning=said)
        return self._still(kept, seen)

    def _told(self, kept: Memory, seen: Seen) -> Evidence:
        """What every reason says besides: until when, and what it knows it from, for whoever may not see all of it."""
        return {"to": seen.time.isoformat(), "heard": kept["metrics"], **told_of(self.rule, seen.values)}

    def wake(self, memory: Memory, at: datetime) -> Said:
        return Said(memory)

    def sees(self, memory: Memory, device: int, now: datetime) -> bool:
        """Whether it knows this home, hears ``device`` and others in it, and none of them owes readings."""
        heard = memory.get("heard", {})
        known = len(memory.get("days", {})) > DAYS_NEEDED and str(device) in heard and len(heard) > 1
        return known and not self._owing(memory, now)

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

    def _sign(self, kept: Memory, metric: str, seen: Seen) -> datetime | None:
        """Since when at the earliest somebody stirred, if the reading shows that somebody did."""
        how = self._signs[metric]
        if metric in self._when:
            return seen.time if self._when[metric].holds(seen.values) else None
        value, meter = seen.values[metric], str(seen.device)
        before: Any = kept["meters"].get(meter)
        if before is None or seen.time <= moment(before[1]):
            kept["meters"][meter] = [value, seen.time.isoformat(), []]
            return None
        at = moment(before[1])
        span = (seen.time - at) / AN_HOUR
        flows = [*before[2], [before[1], round((value - before[0]) / span, 5)]]
        lately = sum(moment(begun) >= seen.time - FLOW_OVER for begun, _ in flows)
        flows = flows[-max(lately, FEWEST_FLOWS) :]
        kept["meters"][meter] = [value, seen.time.isoformat(), flows]
        by_itself = max(0.0, min(flow for _, flow in flows)) if len(flows) >= FEWEST_FLOWS else 0.0
        counted = value - before[0] - by_itself * span
        enough = self.rule.number(how["grows"]) if "grows" in how else self.rule.number(how["rate"]) * span
        return at if counted >= enough else None

    def _alive(self, kept: Memory, seen: Seen, said: Evidence | None, begun: Mapping[str, datetime]) -> Said:
        local = (seen.time - JUST_BEFORE).astimezone(LOCAL)
        day, hour = local.date().isoformat(), 1 << local.hour
        kept["days"][day] = kept["days"].get(day, 0) | hour
        if self._meals and begun.keys() & self._cooking:
            kept["cooked"][day] = kept["cooked"].get(day, 0) | hour
        if kept["hazard"] > 0:
            kind = OUT if kept["left"] else INSIDE
            kept["peak"][kind] = round(max(kept["peak"].get(kind, 0.0), kept["hazard"]), 3)
        if kept["left"] and moment(kept["sign"]) <= local.replace(minute=0, second=0, microsecond=0):
            kept["out"][day] = kept["out"].get(day, 0) | hour
        self._at_the_door(kept, seen, begun)
        kept |= {"hazard": 0.0, "still": 0, "sign": seen.time.isoformat()}
        ended = seen.time if kept["told"].pop("still", False) else None
        return Said(kept, warning=said, ended_at=ended if said is None else None)

    def _at_the_door(self, kept: Memory, seen: Seen, begun: Mapping[str, datetime]) -> None:
        """Whether the last that is known is the door: then somebody may have gone out. A stove may run on without them."""
        stirred = [at for metric, at in begun.items() if "rate" not in self._signs[metric]]
        if begun.keys() & self._leaving:
            kept |= {"left": True, "door": seen.time.isoformat()}
        elif kept["left"] and stirred and max(stirred) > moment(kept["door"]) + DOOR_MOMENT:
            kept["left"] = False

    def _count_still(self, kept: Memory, last: datetime | None, now: datetime) -> None:
        """Add the surprise of each hour that is over since the last reading and began after the last sign of life."""
        if last is None or kept["sign"] is None:
            return
        hour, sign = last.replace(minute=0, second=0, microsecond=0), moment(kept["sign"])
        for _ in range(LONGEST_STEP):
            if hour + AN_HOUR > now:
                break
            if hour >= sign:
                local = hour.astimezone(LOCAL)
                kept["hazard"] += surprise_of(kept["chances"], out=kept["left"], still=kept["still"], hour=local.hour)
                kept["still"] += 1
                if kept["left"]:
                    day = local.date().isoformat()
                    kept["out"][day] = kept["out"].get(day, 0) | 1 << local.hour
            hour += AN_HOUR

    def _still(self, kept: Memory, seen: Seen) -> Said:
        if kept["sign"] is None or kept["told"].get("still") or len(kept["days"]) <= DAYS_NEEDED:
            return Said(kept)
        stretch = seen.time - moment(kept["sign"])
        limit = kept["limit"].get(OUT if kept["left"] else INSIDE, 0.0)
        shortest = max(self._shortest, self._out) if kept["left"] else self._shortest
        odd = stretch >= shortest and kept["hazard"] > max(self._surprise, limit)
        odd = odd or stretch >= self._longest
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
        kept["out"] = {day: bits for day, bits in kept["out"].items() if day in days or day == today.isoformat()}
        recent = list(days)[-DAYS:]
        kept["chances"] = surprises((days[day], kept["out"].get(day, 0)) for day in recent)
        for kind in kept["peaks"].keys() | kept["peak"].keys():
            kept["peaks"][kind] = [*kept["peaks"].get(kind, []), kept["peak"].get(kind, 0.0)][-PEAKS:]
        kept["peak"] = {}
        if len(days) <= DAYS_NEEDED:
            return None
        kept["limit"] = {kind: self._limit_of(peaks) for kind, peaks in kept["peaks"].items()}
        found = (
            self._odd_night(kept, days)
            or self._missed_meals(days, cooked, kept["out"])
            or self._declined(kept, days, today)
        )
        return {**found, **self._told(kept, seen)} if found else None

    def _limit_of(self, peaks: list[float]) -> float:
        return round(min(limit_for(peaks, self._share)[0], max(peaks)), 3)

    def _odd_night(self, kept: Memory, days: dict[str, int]) -> Evidence | None:
        if not self._night:
            return None
        awake = [sum(bits >> hour & 1 for hour in range(*NIGHT)) for bits in days.values()]
        usual = median(awake[-DAYS - 1 : -1])
        if awake[-1] < usual + self._night:
            return None
        return {"reason": "night", "hours": awake[-1], "usual": usual}

    def _missed_meals(self, days: dict[str, int], cooked: dict[str, int], out: dict[str, int]) -> Evidence | None:
        """Somebody is at home, and mealtimes pass without a stove; a home that is wholly still is told otherwise."""
        if not self._meals or not list(days.values())[-1]:
            return None
        known = list(days)[-DAYS - 1 :]
        each = {meal: [_any(cooked.get(day, 0), *meal) for day in known] for meal in MEALS}
        usual = [meal for meal, on in each.items() if fmean(on[:-1]) >= MOSTLY]
        missed = sum(not each[meal][-1] and not _any(out.get(known[-1], 0), *meal) for meal in usual)
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


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def _any(bits: int, start: int, end: int) -> bool:
    return any(bits >> hour & 1 for hour in range(start, end))
