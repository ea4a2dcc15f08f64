"""What devices in shared rooms and out of doors say: the canteen's door, air, noise, the mains, the lamps."""

from __future__ import annotations

import math

from linli.simulator.habits import days
from linli.simulator.habits.instruments import Cadenced, Watchful
from linli.simulator.habits.spells import Spells

MEALS = ((6.6, 8.2, 60), (10.6, 12.6, 170), (16.8, 18.4, 80))
"""Local hours in which the canteen serves, and how many come."""
DANCE = (19.0, 20.5)
LAMP_WATTS = 58.0


def at_table(hour: float) -> float:
    """How many come into the canteen in an hour at this time."""
    return next((guests / (ends - begins) for begins, ends, guests in MEALS if begins <= hour < ends), 0.0)


class PeopleCounter(Cadenced):
    """How many have gone in and come out so far; whoever goes in comes out half an hour later."""

    def __init__(self, seed: int, code: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.entries = float(self.rng.randrange(9_000, 60_000))
        self._inside = 0.0

    def read(self, since: int, at: int) -> dict[str, float]:
        span = (at - since) / days.HOUR
        came = max(0, round(self.rng.gauss(at_table(days.hour_of(at)) * span, 1.0)))
        went = round(self._inside * min(1.0, span * 2))
        self.entries += came
        self._inside += came - went
        return {"entered": self.entries, "left": self.entries - round(self._inside), "battery": self.battery_at(at)}


class Air(Cadenced):
    """Fine dust by season and hour of the traffic; carbon dioxide by how many are in the room."""

    def __init__(self, seed: int, code: str, spells: Spells, start: int, every: int, *, canteen: bool):
        super().__init__(seed, code, spells, start, every)
        self.canteen = canteen

    def read(self, since: int, at: int) -> dict[str, float]:
        day, hour = days.local_day(at), days.hour_of(at)
        dust = 22 + 26 * (1 - days.summer(day)) + 9 * math.sin(day * 1.3) + 8 * (7 <= hour < 9 or 17 <= hour < 19)
        dust = max(4.0, self.rng.gauss(dust, 2.5))
        guests = at_table(hour) / 3 if self.canteen else 12 * (8 <= hour < 20)
        return {
            "pm25": round(dust, 1),
            "pm10": round(dust * 1.55, 1),
            "co2": round(430 + 14 * guests + self.rng.gauss(0, 12)),
            **room_climate(at, self.rng.gauss(0, 0.2)),
        }


class Climate(Cadenced):
    """Of a room; a cold store stays at its four degrees."""

    def __init__(self, seed: int, code: str, spells: Spells, start: int, every: int, *, cold: bool):
        super().__init__(seed, code, spells, start, every)
        self.cold = cold

    def read(self, since: int, at: int) -> dict[str, float]:
        measured = room_climate(at, self.rng.gauss(0, 0.2))
        if self.cold:
            measured["temperature"] = round(4.0 + self.rng.gauss(0, 0.4), 1)
        return {**measured, "battery": self.battery_at(at)}


def room_climate(at: int, noise: float) -> dict[str, float]:
    air = days.outdoors(at)
    return {
        "temperature": round(19 + 0.3 * (air - 19) + noise, 1),
        "humidity": round(max(30.0, min(95.0, 62 + 9 * math.sin(days.local_day(at) * 0.8) + 8 * noise))),
    }


class Noise(Cadenced):
    """Quiet nights, traffic by day, and an hour and a half of dancing in the evening."""

    def read(self, since: int, at: int) -> dict[str, float]:
        hour = days.hour_of(at)
        level = 43 + 11 * (6.5 <= hour < 22) + 14 * (DANCE[0] <= hour < DANCE[1]) + self.rng.gauss(0, 1.5)
        return {"level": round(level, 1), "peak": round(level + self.rng.uniform(6, 16), 1)}


class WaterLeak(Watchful):
    kind = "wet"

    def read(self, since: int, at: int) -> dict[str, float]:
        wet = self.spells.current(self.code, "wet", at) is not None
        return {"wet": 1.0 if wet else 0.0, "battery": self.battery_at(at)}


class PipePressure(Cadenced):
    """Lower while many draw water, and much lower while a pipe of the estate is burst."""

    def __init__(self, seed: int, code: str, estate: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.estate = estate

    def read(self, since: int, at: int) -> dict[str, float]:
        drawn = days.thirst(days.hour_of(at))
        burst = sum(place.startswith(f"{self.estate}-") for place in self.spells.places("burst", at))
        off = self.spells.current(self.estate, "water_off", at) is not None
        pressure = self.rng.gauss(12 if off else 310 - 45 * drawn - 70 * burst, 3)
        return {"pressure": round(max(0.0, pressure), 1), "battery": self.battery_at(at)}


class StreetLamp(Cadenced):
    """Lit from dusk to dawn, dimmed after eleven. ``beside`` is the building whose broken lamp it is."""

    def __init__(self, seed: int, code: str, beside: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.beside = beside

    def read(self, since: int, at: int) -> dict[str, float]:
        hour = days.hour_of(at)
        broken = self.spells.current(self.beside, "dark", at) is not None
        lit = days.is_dark(days.local_day(at), hour) and not broken
        bright = (60.0 if hour >= 23 or hour < 5 else 100.0) if lit else 0.0
        watts = LAMP_WATTS * bright / 100 * self.rng.uniform(0.98, 1.02)
        return {"lit": float(lit), "power": round(watts, 1), "brightness": bright, "fault": float(broken)}
