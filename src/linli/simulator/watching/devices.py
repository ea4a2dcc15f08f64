"""What the devices of a home, a lift, a gate, a charging place and a building's meter say over days, troubles included.

Each yields ``(seconds, device type, values)``, oldest first. A day is drawn from its own seed; local midnight is second 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from linli.simulator.watching.troubles import DAY, HOUR, LEARNING, Place, Trouble

Spoken = tuple[float, str, dict[str, float]]
QUARTER = 900.0
MINUTE = 60.0


def home(place: Place, days: int, seed: int) -> Iterator[Spoken]:
    """An elder living alone with the devices that the home has, of the nine kinds that care at home knows."""
    person = _Person(place, seed)
    for day in range(days):
        said = person.day(day)
        has = place.has
        yield from sorted((one for one in said if not has or one[1] in has), key=lambda one: one[0])


class _Person:
    """``early``, ``outings``, ``restless``: nobody's day is like another's."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.seed = place, seed
        rng = Random(f"{seed}/{place.name}")
        self.early = rng.uniform(-0.8, 0.8)
        self.outings, self.restless, self.regular = rng.uniform(0.9, 2.0), rng.uniform(0.3, 1.3), rng.uniform(0.15, 0.5)
        self.volume, self.energy = rng.uniform(50, 500), rng.uniform(500, 9000)
        self.rate = rng.uniform(0.04, 0.09)

    def day(self, day: int) -> list[Spoken]:
        rng = Random(f"{self.seed}/{self.place.name}/{day}")
        start = day * DAY
        moves, baths, cooks, doors = self._lives(rng, start)
        said = self._presence(moves, baths, start) + self._doors(doors, start)
        said += self._meters(rng, baths, cooks, start) + self._bed(rng, start) + self._alarms(rng, cooks, start)
        return said

    def _gone(self, at: float) -> bool:
        """Away, or unable to do anything."""
        return any(one.now(at) for one in self.place.of("away", "lying", "in_the_bathroom", "fall_seen"))

    def _lives(self, rng: Random, start: float):
        """Moments of movement, visits to the bathroom, meals and door openings of a day."""
        wakes = start + (6.3 + self.early + rng.gauss(0, self.regular)) * HOUR
        sleeps = start + (21.6 + self.early + rng.gauss(0, self.regular)) * HOUR
        weak = any(one.now(start + 12 * HOUR) for one in self.place.of("decline"))
        out: list[tuple[float, float]] = []
        for _ in range(int(self.outings + rng.random())):
            since = start + rng.choice((rng.uniform(8, 10.5), rng.uniform(14, 16.5))) * HOUR
            if not weak and not any(a - HOUR < since < b + HOUR for a, b in out):
                out.append((since, since + rng.uniform(0.4, 2) * HOUR))
        every = (75 if weak else 22) * MINUTE
        moves, at = [], wakes
        while at < sleeps:
            moves.append(at)
            at += every * rng.uniform(0.4, 1.7)
        if weak:
            moves = [one for one in moves if not 13 <= (one - start) / HOUR < 17 and (one - start) / HOUR < 19]
        meals = [(start + (hour + self.early / 2 + rng.gauss(0, 0.25)) * HOUR) for hour in (7.1, 11.6, 17.8)]
        baths = [wakes + 300, *(m + rng.uniform(20, 60) * MINUTE for m in meals), sleeps - 600]
        baths += [start + rng.uniform(0.5, 5) * HOUR for _ in range(int(self.restless + rng.random()))]
        if rng.random() < 0.5 and not weak:
            baths.append(start + rng.uniform(18.5, 20) * HOUR)
        moves += baths + meals
        for one in self.place.of("wandering"):
            moves += [
                at for n in range(20) if start <= (at := one.since + n * 12 * MINUTE) < min(one.until, start + DAY)
            ]
        doors = [at for pair in out for at in pair]
        here = [at for at in moves if not any(a <= at < b for a, b in out) and not self._gone(at)]
        lengths = [(at, rng.uniform(4, 16) * MINUTE) for at in baths if not self._gone(at)]
        for one in self.place.of("long_bath"):
            if start <= one.since < start + DAY:
                lengths.append((one.since, one.until - one.since))
        for one in self.place.of("in_the_bathroom"):
            if start <= one.since < start + DAY:
                lengths.append((one.since - 1, one.until - one.since))
        cooking = [at for at in meals if not self._gone(at) and not any(o.now(at) for o in self.place.of("no_meals"))]
        doors = [at for at in doors if not self._gone(at)]
        doors += [at for one in self.place.of("away") for at in (one.since, one.until) if start <= at < start + DAY]
        return here, lengths, cooking, doors

    def _presence(self, moves, baths, start: float) -> list[Spoken]:
        said = [(at, "presence", {"motion": 1.0}) for at in moves]
        said += [
            (at + 600, "presence", {"motion": 0.0}) for at in moves if not any(0 < one - at <= 600 for one in moves)
        ]
        said += [(start + h * HOUR + 7, "presence", {"motion": 0.0, "battery": 80.0}) for h in range(24)]
        for at, length in baths:
            said += [(at, "presence", {"bathroom": 1.0}), (at + length, "presence", {"bathroom": 0.0})]
        return said

    def _doors(self, doors, start: float) -> list[Spoken]:
        said = [(at + n * 9, "door_sensor", {"open": 1.0 - n}) for at in doors for n in (0, 1)]
        said += [(start + h * HOUR + 40, "door_sensor", {"open": 0.0, "battery": 75.0}) for h in (3, 9, 15, 21)]
        for one in self.place.of("door_open"):
            said = [s for s in said if not one.now(s[0])]
            if start <= one.since < start + DAY:
                said += [(one.since, "door_sensor", {"open": 1.0}), (one.until, "door_sensor", {"open": 0.0})]
        return said

    def _meters(self, rng: Random, baths, cooks, start: float) -> list[Spoken]:
        evening = start + 20.3 * HOUR
        litres = [(at, 6.0 if at < evening else 18.0) for at, _ in baths] + [(at, rng.uniform(6, 18)) for at in cooks]
        litres += [(at, 45.0) for at, length in baths if length > 14 * MINUTE]
        said: list[Spoken] = []
        for n in range(96):
            since, at = start + n * QUARTER, start + (n + 1) * QUARTER
            used = sum(amount for when, amount in litres if since <= when < at)
            for one in self.place.of("guests"):
                used *= 2.2 if one.now(at) else 1
            for one in self.place.of("burst"):
                used += (60 + 900 * one.size) / 4 if one.now(at) else 0
            for one in self.place.of("drip"):
                used += (4 + 16 * one.size) / 4 if one.now(at) else 0
            self.volume += used / 1000
            if not any(one.now(at) for one in self.place.of("power_cut")):
                lit = 0.12 if 18 <= (at - start) / HOUR < 21.5 and not self._gone(at) else 0.0
                stove = 1.1 if any(when <= at < when + 1800 for when in cooks) else 0.0
                self.energy += (self.rate * rng.uniform(0.6, 1.4) + lit + stove) / 4
            if not any(one.now(at) for one in self.place.of("meter_out_of_reach")):
                said.append((at - 5, "water_meter", {"volume": round(self.volume, 4), "battery": 70.0}))
            said.append((at - 3, "electricity_meter", {"energy": round(self.energy, 3)}))
        return said

    def _bed(self, rng: Random, start: float) -> list[Spoken]:
        """Every ten minutes of the night, and at each change."""
        said: list[Spoken] = []
        odd = {
            one.kind.name: one
            for one in self.place.of("heart", "breath")
            if one.since < start + DAY and one.until > start
        }
        steps = [start + n * 600 for n in range(144)] + [
            at for one in odd.values() for at in (one.since + 5, one.since + 200)
        ]
        for at in steps:
            hour = (at - start) / HOUR
            up = [one for one in self.place.of("out_of_bed", "up_at_night", "away", "wandering") if one.now(at)]
            inside = (hour < 5.2 + self.early or hour >= 22.6 + self.early) and not up
            if inside:
                heart = 150.0 if "heart" in odd and odd["heart"].now(at) else min(90.0, max(50.0, rng.gauss(62, 4)))
                breath = 36.0 if "breath" in odd and odd["breath"].now(at) else min(22.0, max(10.0, rng.gauss(15, 1.5)))
                said.append((at, "bed_mat", {"in_bed": 1.0, "heart_rate": round(heart), "breath_rate": round(breath)}))
            elif hour < 5.2 or hour >= 22.6:
                said.append((at, "bed_mat", {"in_bed": 0.0 if up else 1.0, "heart_rate": 60.0, "breath_rate": 15.0}))
            else:
                said.append((at, "bed_mat", {"in_bed": 0.0})) if at % 3600 == 0 else None
        for one in self.place.of("out_of_bed", "up_at_night"):
            if start <= one.since < start + DAY:
                said.append((one.since, "bed_mat", {"in_bed": 0.0}))
            if start <= one.until < start + DAY:
                said.append((one.until, "bed_mat", {"in_bed": 1.0, "heart_rate": 62.0, "breath_rate": 15.0}))
        return said

    def _alarms(self, rng: Random, cooks, start: float) -> list[Spoken]:
        said: list[Spoken] = [(start + 9 * HOUR, "sos", {"pressed": 0.0, "battery": 85.0})]
        said += [
            (start + h * HOUR + 11, "fall_radar", {"fallen": self._fallen(start + h * HOUR + 11)}) for h in range(24)
        ]
        said += [(start + h * HOUR + 3 * MINUTE, "smoke", {"alarm": 0.0, "battery": 88.0}) for h in (0, 6, 12, 18)]
        said += [
            (start + h * HOUR + 90, "gas", {"lel": round(rng.uniform(0, 1), 1), "battery": 90.0})
            for h in range(0, 24, 3)
        ]
        said += [(at + 60, "gas", {"lel": round(rng.uniform(1, 7), 1)}) for at in cooks]
        said += [(at + 300, "gas", {"lel": 0.5}) for at in cooks]
        for one in self.place.troubles:
            if not start <= one.since < start + DAY:
                continue
            match one.kind.name:
                case "sos":
                    said.append((one.since, "sos", {"pressed": 1.0}))
                case "fall_seen" | "lies_down":
                    said += [(one.since, "fall_radar", {"fallen": 1.0}), (one.until, "fall_radar", {"fallen": 0.0})]
                case "smoke" | "cooking_smoke" | "burnt_pan":
                    said += [(one.since, "smoke", {"alarm": 1.0}), (one.until, "smoke", {"alarm": 0.0})]
                case "gas":
                    steps = min(30, int((one.until - one.since) / MINUTE))
                    said += [
                        (one.since + n * MINUTE, "gas", {"lel": round(2 + n * (0.4 + one.size), 1)})
                        for n in range(steps)
                    ]
                    said.append((one.until, "gas", {"lel": 0.5}))
        return [one for one in said if one[1] != "gas" or not self._leaking(one)]

    def _leaking(self, spoken: Spoken) -> bool:
        """The usual readings of a detector that is in the middle of a leak."""
        leaks = [one for one in self.place.of("gas") if one.now(spoken[0])]
        return any((spoken[0] - one.since) % MINUTE for one in leaks)

    def _fallen(self, at: float) -> float:
        return float(any(one.now(at) for one in self.place.of("fall_seen", "lies_down")))


def lift(place: Place, days: int, seed: int) -> Iterator[Spoken]:
    """Four messages a trip, and one each twenty minutes; counters with the last message of a trip and each hour."""
    machine = _Lift(place, seed)
    for day in range(days):
        yield from machine.day(day)


class _Lift:
    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.seed = place, seed
        rng = Random(f"{seed}/{place.name}")
        self.trips, self.cycles = float(rng.randrange(4000, 90_000)), float(rng.randrange(9000, 180_000))
        self.relevels, self.faults = float(rng.randrange(100, 900)), float(rng.randrange(5, 40))
        self.shakes, self.relevelling, self.reopening = (
            rng.uniform(0.05, 0.09),
            rng.uniform(0.02, 0.05),
            rng.uniform(1.1, 1.3),
        )
        self.busy = rng.randint(45, 75)

    def day(self, day: int) -> list[Spoken]:
        rng = Random(f"{self.seed}/{self.place.name}/{day}")
        start = day * DAY
        if rng.random() < 2 / 365:
            self.faults += 1
        for one in self.place.of("faults_again"):
            lasts = one.until - one.since
            self.faults += sum(start <= one.since + part * lasts < start + DAY for part in (0.02, 0.3, 0.6, 0.9))
        begins = sorted(start + rng.choices((rng.uniform(6, 10), rng.uniform(10, 16), rng.uniform(16, 20), rng.uniform(0, 24)),
                                            (35, 25, 32, 8))[0] * HOUR for _ in range(self.busy))  # fmt: skip
        said: list[Spoken] = []
        last = start - HOUR
        for at in begins:
            if at - last >= 90 and not self._stands(at) and at < start + DAY - 120:
                said += self._trip(rng, at)
                last = at
        spoken = sorted([start + 30, *(one[0] for one in said)])
        for n in range(72):
            at = start + 30 + n * 1200
            near = any(abs(at - one) < 10 for one in spoken[1:])
            if not near:
                said.append((at, "lift", self._rest(at)))
        said += self._events(start)
        quiet = self.place.of("dead", "short_silence")
        return sorted((one for one in said if not any(q.now(one[0]) for q in quiet)), key=lambda one: one[0])

    def _stands(self, at: float) -> bool:
        names = ("trapped", "stands", "mechanic", "door_stuck", "brief_stop", "removal", "door_reopens", "ebike")
        return any(one.since - 120 <= at < one.until + 60 for one in self.place.of(*names))

    def _worse(self, at: float, *names: str) -> float:
        """How far a slow trouble has come, 0 to 1."""
        for one in self.place.of(*names):
            if one.now(at):
                return min(1.0, (at - one.since) / (10 * DAY))
        return 0.0

    def _trip(self, rng: Random, at: float) -> list[Spoken]:
        floor, to = (1, rng.randint(2, 11)) if rng.random() < 0.5 else (rng.randint(2, 11), 1)
        self.trips += 1
        self.cycles += sum(rng.random() < part for part in _parts(self.reopening + self._worse(at, "door_wears") * 0.9))
        self.relevels += rng.random() < self.relevelling * (1 + 5 * self._worse(at, "brake_wears"))
        shakes = self.shakes + rng.gauss(0, 0.006)
        for one in self.place.of("shakes_more"):
            shakes += 0.13 * (at - one.since) / (one.until - one.since) if one.now(at) else 0
        if any(one.now(at) for one in self.place.of("shaking_badly")):
            shakes += 0.22
        fast = any(one.now(at) for one in self.place.of("overspeed"))
        off = 22.0 if any(one.now(at) for one in self.place.of("not_level")) else rng.gauss(0, 3)
        ends = at + 8 + 3 * abs(to - floor)
        shut = {"door_open": 0.0, "alarm_pressed": 0.0, "service_mode": 0.0, "ebike": 0.0}
        return [
            (at, "lift", {**shut, "floor": float(floor), "door_open": 1.0, "in_door_zone": 1.0, "car_occupied": 1.0, "speed": 0.0}),
            (at + 6, "lift", {**shut, "floor": float(floor), "in_door_zone": 0.0, "car_occupied": 1.0,
                              "speed": 2.1 if fast else 1.6, "vibration": round(max(0.01, shakes), 4)}),
            (ends, "lift", {**shut, "floor": float(to), "door_open": 1.0, "in_door_zone": 1.0, "car_occupied": 1.0, "speed": 0.0,
                            "level_offset": round(off, 1)}),
            (ends + 8, "lift", {**self._rest(ends), "floor": float(to)}),
        ]  # fmt: skip

    def _rest(self, at: float) -> dict[str, float]:
        values = {
            "door_open": 0.0, "in_door_zone": 1.0, "car_occupied": 0.0, "speed": 0.0, "alarm_pressed": 0.0, "service_mode": 0.0,
            "ebike": 0.0, "trips": self.trips, "door_cycles": self.cycles, "relevels": self.relevels, "faults": self.faults,
        }  # fmt: skip
        for one in self.place.of("trapped", "mechanic", "door_stuck"):
            if one.now(at):
                values |= self._held(one)
        return values

    @staticmethod
    def _held(one: Trouble) -> dict[str, float]:
        match one.kind.name:
            case "mechanic":
                return {"service_mode": 1.0, "in_door_zone": 0.0, "car_occupied": 1.0}
            case "door_stuck":
                return {"door_open": 1.0}
        return {"in_door_zone": 0.0, "car_occupied": 1.0, "floor": 4.0}

    def _events(self, start: float) -> list[Spoken]:
        said: list[Spoken] = []
        free = {
            "door_open": 0.0,
            "in_door_zone": 1.0,
            "car_occupied": 0.0,
            "service_mode": 0.0,
            "speed": 0.0,
            "floor": 4.0,
        }
        for one in self.place.troubles:
            if not start <= one.since < start + DAY:
                continue
            match one.kind.name:
                case "trapped" | "mechanic" | "door_stuck":
                    said += [(one.since, "lift", {**free, **self._held(one)}), (one.until, "lift", dict(free))]
                case "brief_stop":
                    stuck = {"in_door_zone": 0.0, "car_occupied": 1.0, "floor": 4.0}
                    said += [(one.since, "lift", {**free, **stuck}), (one.until, "lift", dict(free))]
                case "removal":
                    said += [
                        (one.since, "lift", {**free, "door_open": 1.0, "car_occupied": 1.0}),
                        (one.until, "lift", dict(free)),
                    ]
                case "door_reopens":
                    said += [(one.since + n * 25, "lift", {**free, "door_open": 1.0 - n % 2}) for n in range(12)]
                case "ebike":
                    said += [
                        (one.since, "lift", {**free, "door_open": 1.0, "car_occupied": 1.0, "ebike": 1.0}),
                        (one.until, "lift", {**free, "ebike": 0.0}),
                    ]
        return said


def _parts(mean: float) -> list[float]:
    return [1.0] * int(mean) + [mean % 1]


def camera(place: Place, days: int, seed: int) -> Iterator[Spoken]:
    for n in range(days * 288):
        at, rng = n * 300.0, Random(f"{seed}/{place.name}/{n}")
        hour = at % DAY / HOUR
        people = max(0, round(rng.gauss(14 if 7 <= hour < 20 else 2, 3)))
        people += sum(70 for one in place.of("crowd") if one.now(at)) + sum(
            22 for one in place.of("busy") if one.now(at)
        )
        yield at, "camera", {"people@gate": float(people), "fire@gate": 0.0}


def charger(place: Place, days: int, seed: int) -> Iterator[Spoken]:
    warm = Random(f"{seed}/{place.name}").uniform(0, 3)
    for n in range(days * 144):
        at, rng = n * 600.0, Random(f"{seed}/{place.name}/{n // 24}")
        hour, power = at % DAY / HOUR, rng.uniform(120, 480) * (rng.random() < 0.6)
        air = (
            17
            - 11 * math.cos(2 * math.pi * (at / DAY + 40) / 365)
            + 4 * (11 <= hour < 17)
            + Random(f"{seed}/{n // 144}").gauss(0, 2.5)
        )
        hot = sum(38 + 15 * one.size for one in place.of("hot") if one.now(at))
        noise = Random(f"{seed}/{place.name}/{n}/noise").gauss(0, 0.6)
        yield at, "charger", {"power": round(power), "temperature": round(air + warm + power / 40 + hot + noise, 1)}


def meter(place: Place, days: int, seed: int) -> Iterator[Spoken]:
    """A building's lamps, pump and fans; longer nights burn more."""
    total = 4000.0
    for n in range(days * 24):
        at, rng = n * HOUR, Random(f"{seed}/{place.name}/{n}")
        hour, season = n % 24, math.cos(2 * math.pi * (at / DAY + 40) / 365)
        yield at + 20, "electricity_meter", {"energy": round(total, 3)}
        dark = hour < 5.7 + 0.7 * season or hour >= 18.2 - 0.9 * season
        usual = 1.5 + 2.4 * dark + 1.6 * (6 <= hour < 9 or 17 <= hour < 22)
        odd = sum(2.4 for one in place.of("lamps_by_day") if one.now(at)) + sum(
            usual * 0.4 for one in place.of("new_level") if one.now(at)
        )
        total += usual * rng.uniform(0.9, 1.1) + odd


def devices_of(place: Place) -> int:
    return len(place.has) or DEVICES_AT[place.on]


STREAMS = {"home": home, "lift": lift, "camera": camera, "charger": charger, "meter": meter}
DEVICES_AT = {"home": 9, "lift": 1, "camera": 1, "charger": 1, "meter": 1}
__all__ = ["LEARNING", "STREAMS", "devices_of"]
