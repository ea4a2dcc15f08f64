"""What each device says, and when: from habits and spells to messages of the device type catalogue.

An instrument yields ``(time in ms, values)`` from where it stood up to a given time. Cadences are those of real
devices: a lift each minute and at each event, meters each quarter of an hour, smoke detectors each hour.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random
from typing import Protocol

from linli.simulator.habits import days
from linli.simulator.habits.spells import Spells

MINUTE = 60_000
Message = tuple[int, dict[str, float]]

BURST_LITRES_PER_HOUR = 1500
ALARM_AFTER, ALARM_HELD = 8_000, 12_000


class Instrument(Protocol):
    code: str

    def until(self, now: int) -> Iterator[Message]:
        """Messages after the last call's time and up to ``now``, oldest first."""


class Cadenced:
    """Speaks every ``every`` ms, each device at its own offset; silent while an ``offline`` spell lasts."""

    every: int

    def __init__(self, seed: int, code: str, spells: Spells, start: int, every: int):
        self.code, self.seed, self.spells, self.every = code, seed, spells, every
        self.rng = Random(f"{seed}/{code}")
        self.at = start
        self.next_beat = start + self.rng.randrange(every)
        self.battery = self.rng.uniform(45, 100)

    def until(self, now: int) -> Iterator[Message]:
        while self.next_beat <= now:
            beat, self.next_beat = self.next_beat, self.next_beat + self.every
            values = self.read(self.at, beat)
            self.at = beat
            if not self.spells.current(self.code, "offline", beat):
                yield beat, values

    def read(self, since: int, at: int) -> dict[str, float]:
        raise NotImplementedError

    def battery_at(self, at: int) -> float:
        return round(max(16.0, self.battery - (at // days.DAY % 365) * 0.01), 1)


class WaterMeter(Cadenced):
    """Cumulative m³: the household's draws unless it is still there, plus what a burst pipe lets run."""

    def __init__(self, seed: int, code: str, home: str, kind: str, people: int, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.home, self.kind, self.people = home, kind, people
        self.estate = home.partition("-")[0]
        self.volume = self.rng.uniform(40, 900)
        self._day, self._draws = -1, []

    def read(self, since: int, at: int) -> dict[str, float]:
        self.volume += self._drawn(since, at) / 1000
        return {"volume": round(self.volume, 4), "battery": self.battery_at(at)}

    def _drawn(self, since: int, at: int) -> float:
        litres = 0.0
        for day in range(days.local_day(since), days.local_day(at) + 1):
            if day != self._day:
                self._day, self._draws = day, days.draws(self.seed, self.home, self.kind, self.people, day)
            litres += sum(d.litres for d in self._draws if since < d.at <= at and not self._dry(d.at))
        for spell in self.spells.of(self.home):
            if spell.kind == "burst" and not self.spells.current(self.estate, "water_off", at):
                ran = min(at, spell.until or at) - max(since, spell.since)
                litres += max(0, ran) / days.HOUR * BURST_LITRES_PER_HOUR
        return litres

    def _dry(self, at: int) -> bool:
        still = self.spells.current(self.home, "still", at)
        return bool(still or self.spells.current(self.estate, "water_off", at))


class ElectricityMeter(Cadenced):
    """Cumulative kWh of a building's shared supply."""

    def __init__(self, seed: int, code: str, storeys: int, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.storeys = storeys
        self.energy = self.rng.uniform(2_000, 60_000)

    def read(self, since: int, at: int) -> dict[str, float]:
        hour = (at + days.LOCAL) % days.DAY / days.HOUR
        self.energy += days.public_load(days.local_day(at), hour, self.storeys) * (at - since) / days.HOUR
        return {"energy": round(self.energy, 3)}


class Charger(Cadenced):
    """A charging place for e-bikes: busy after work and at night; its warmth follows the air."""

    def read(self, since: int, at: int) -> dict[str, float]:
        slot = Random(f"{self.seed}/{self.code}/{at // (4 * days.HOUR)}")
        hour = (at + days.LOCAL) // days.HOUR % 24
        busy = slot.random() < (0.75 if hour >= 18 or hour < 6 else 0.35)
        power = slot.uniform(120, 480) * self.rng.uniform(0.97, 1.03) if busy else 0.0
        return {
            "power": round(power, 1),
            "temperature": round(days.outdoors(at) + power / 40 + self.rng.uniform(-0.5, 0.5), 1),
        }


class GateCamera(Cadenced):
    """Counts of people on the footpath of a gate; it recognises nobody and sends no picture."""

    def __init__(self, seed: int, code: str, homes: int, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.homes = homes

    def read(self, since: int, at: int) -> dict[str, float]:
        hour = (at + days.LOCAL) % days.DAY / days.HOUR
        usual = 85.0 if self.spells.current(self.code, "crowd", at) else days.passing(hour, self.homes)
        people = max(0, round(self.rng.gauss(usual, 1.2)))
        return {"people@gate": float(people), "fire@gate": 0.0}


class Gate(Cadenced):
    """How often each way in was used so far; not by whom."""

    WAYS = (("entries_card", 0.55), ("entries_face", 0.38), ("entries_staff", 0.07))

    def __init__(self, seed: int, code: str, homes: int, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.homes = homes
        self.entries = float(self.rng.randrange(20_000, 90_000))

    def read(self, since: int, at: int) -> dict[str, float]:
        hour = (at + days.LOCAL) % days.DAY / days.HOUR
        self.entries += round(days.passing(hour, self.homes) * 40 * (at - since) / days.HOUR)
        shares = {way: float(int(self.entries * share)) for way, share in self.WAYS}
        return {"open": 0.0, "forced": 0.0, **shares}


class Watchful(Cadenced):
    """A sign of life now and then; speaks at once when what it watches for begins and ends, and often meanwhile."""

    kind = ""
    closely = 30_000

    @property
    def place(self) -> str:
        """Where what it watches for happens."""
        return self.code

    def until(self, now: int) -> Iterator[Message]:
        while True:
            change = self.spells.next_change(self.place, self.at)
            beat = min(self.next_beat, change if change is not None else self.next_beat)
            if beat > now:
                return
            if beat == self.next_beat:
                going_on = self.spells.current(self.place, self.kind, beat)
                self.next_beat += self.closely if going_on else self.every
            self.at = beat
            if not self.spells.current(self.code, "offline", beat):
                yield beat, self.read(beat, beat)
                if self.spells.current(self.place, self.kind, beat):
                    self.next_beat = min(self.next_beat, beat + self.closely)


class SmokeDetector(Watchful):
    kind = "smoke"

    def read(self, since: int, at: int) -> dict[str, float]:
        alarm = 1.0 if self.spells.current(self.code, "smoke", at) else 0.0
        return {"alarm": alarm, "battery": self.battery_at(at)}


class Eventful:
    """Plans its messages day by day in a heap and speaks at least every ``every`` ms in between."""

    def __init__(self, seed: int, code: str, spells: Spells, start: int, every: int):
        self.code, self.seed, self.spells, self.every = code, seed, spells, every
        self.rng = Random(f"{seed}/{code}")
        self.at = self.spoke = start
        self.planned_day = days.local_day(start) - 1
        self.steps: list[tuple[int, int, dict[str, float]]] = []
        self._serial = 0

    def plan(self, at: int, values: dict[str, float]) -> None:
        self._serial += 1
        heapq.heappush(self.steps, (at, self._serial, values))

    def plan_day(self, day: int) -> None:
        raise NotImplementedError

    def plan_to(self, now: int) -> None:
        while self.planned_day < days.local_day(now):
            self.planned_day += 1
            self.plan_day(self.planned_day)


class DoorSensor(Eventful):
    def __init__(self, seed: int, code: str, home: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.home = home
        self.battery = self.rng.uniform(40, 100)

    def plan_day(self, day: int) -> None:
        for at in days.outings(self.seed, self.home, day):
            self.plan(at, {"open": 1.0})
            self.plan(at + 9_000, {"open": 0.0})

    def until(self, now: int) -> Iterator[Message]:
        self.plan_to(now)
        while True:
            step = self.steps[0][0] if self.steps else None
            beat = self.spoke + self.every
            due = beat if step is None else min(step, beat)
            if due > now:
                return
            values = {"open": 0.0}
            if due == step:
                values = heapq.heappop(self.steps)[2]
                if due <= self.at or self.spells.current(self.home, "still", due):
                    continue
            self.at = self.spoke = due
            if not self.spells.current(self.code, "offline", due):
                yield due, {**values, "battery": round(self.battery, 1)}


class Wear:
    """How a lift ages with its trips: counters that only rise, and how much it shakes. ``worn`` is several times the usual."""

    def __init__(self, rng: Random, *, worn: bool = False) -> None:
        own = Random(rng.random())
        self.doors, self.relevels = own.uniform(2.02, 2.1), own.uniform(0.016, 0.024) * (6 if worn else 1)
        self.shakes = 0.125 if worn else own.uniform(0.05, 0.085)

    def after(self, trips: float, rng: Random) -> dict[str, float]:
        return {
            "door_cycles": float(int(trips * self.doors)),
            "relevels": float(int(trips * self.relevels)),
            "run_hours": round(trips * 0.008, 1),
            "vibration": round(max(0.02, rng.gauss(self.shakes, 0.006)), 3),
        }


class Lift(Eventful):
    """Rides, idle heartbeats, and the spells of a lift: trapped, a short pause between floors, maintenance."""

    STOPPED = ("trapped", "pause", "maintenance", "door_stuck", "ebike")
    STUCK_BEATS = (5_000, 30_000)
    STUCK_CLOSELY = 120_000

    def __init__(
        self,
        seed: int,
        code: str,
        storeys: int,
        homes: int,
        spells: Spells,
        start: int,
        every: int,
        trips: bool = True,
        wear: Wear | None = None,
    ):
        super().__init__(seed, code, spells, start, every)
        self.storeys, self.homes, self.rides = storeys, homes, trips
        self.floor, self.count = 1.0, float(self.rng.randrange(4_000, 400_000))
        self.wear = wear or Wear(self.rng)
        self._ebike_said = False

    def plan_day(self, day: int) -> None:
        if not self.rides:
            return
        for trip in days.trips(self.seed, self.code, self.storeys, self.homes, day):
            travel = 3_000 * abs(trip.end - trip.start)
            self.plan(trip.at, self._says(floor=trip.start, door=1, occupied=1))
            self.plan(trip.at + 6_000, self._says(floor=trip.start, zone=0, occupied=1, speed=1.0))
            self.plan(trip.at + 6_000 + travel, self._says(floor=trip.end, door=1, occupied=1) | {"trips": 1.0})
            self.plan(trip.at + 14_000 + travel, self._says(floor=trip.end))

    def until(self, now: int) -> Iterator[Message]:
        self.plan_to(now)
        while True:
            step = self.steps[0][0] if self.steps else None
            change = self.spells.next_change(self.code, self.at)
            beat = self.spoke + self._pause()
            due = min(t for t in (step, change, beat) if t is not None)
            if due > now:
                return
            planned = None
            if due == step:
                planned = heapq.heappop(self.steps)[2]
                if due <= self.at or self._spell(due) is not None:
                    continue
            self.at = self.spoke = due
            values = self._spoken(due, planned)
            if not self.spells.current(self.code, "offline", due):
                yield due, values

    def _pause(self) -> int:
        spell = self._spell(self.spoke)
        if spell is None:
            return self.every
        return self.STUCK_BEATS[self.spoke - spell.since >= self.STUCK_CLOSELY]

    def _spell(self, at: int):
        return next(
            (s for kind in self.STOPPED if (s := self.spells.current(self.code, kind, at))),
            None,
        )

    def _spoken(self, at: int, planned: dict[str, float] | None) -> dict[str, float]:
        spell = self._spell(at)
        if spell is None:
            values = planned or self._says(floor=self.floor)
            ridden = values.pop("trips", 0.0) if planned else 0.0
            self.count += ridden
            self.floor = values["floor"]
            if self._ebike_said:
                values["ebike"], self._ebike_said = 0.0, False
            if ridden or self.spells.current(self.code, "unlevel", at):
                values |= self._stopped_at(at, values)
            return {**values, "trips": self.count}
        if spell.kind in {"door_stuck", "ebike"}:
            self._ebike_said = self._ebike_said or spell.kind == "ebike"
            seen = {"ebike": 1.0} if spell.kind == "ebike" else {}
            return {**self._says(floor=self.floor, door=1), **seen, "trips": self.count}
        stuck = self._says(floor=self.floor, zone=0, occupied=1)
        if spell.kind == "maintenance":
            return {**stuck, "service_mode": 1.0, "trips": self.count}
        waited = at - spell.since
        if spell.kind == "trapped" and ALARM_AFTER <= waited < ALARM_AFTER + ALARM_HELD:
            stuck["alarm_pressed"] = 1.0
        return {**stuck, "trips": self.count}

    def _stopped_at(self, at: int, values: dict[str, float]) -> dict[str, float]:
        """What a controller adds at the end of a ride: how level, how it shook, and what has worn so far."""
        unlevel = self.spells.current(self.code, "unlevel", at) is not None
        offset = 24.0 if unlevel else self.rng.gauss(0, 2.0)
        door = {"door_open": 1.0} if unlevel else {}
        return {
            **door, "level_offset": round(max(-9.0, min(24.0, offset)), 1), **self.wear.after(self.count, self.rng),
            "mains": 1.0, "machine_temperature": round(12 + 0.6 * days.outdoors(at), 1),
        }  # fmt: skip

    @staticmethod
    def _says(
        *, floor: float, door: float = 0, zone: float = 1, occupied: float = 0, speed: float = 0
    ) -> dict[str, float]:
        return {
            "floor": float(floor), "door_open": float(door), "in_door_zone": float(zone),
            "car_occupied": float(occupied), "alarm_pressed": 0.0, "speed": float(speed), "service_mode": 0.0,
        }  # fmt: skip
