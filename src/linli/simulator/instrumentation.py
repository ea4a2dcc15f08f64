"""All devices of a neighbourhood, and what they remember from one run to the next."""

from __future__ import annotations

from linli.simulator.doors.mqtt import Fleet
from linli.simulator.habits.days import HOUR
from linli.simulator.habits.instruments import (
    MINUTE,
    Charger,
    DoorSensor,
    ElectricityMeter,
    Gate,
    GateCamera,
    Instrument,
    Lift,
    SmokeDetector,
    WaterMeter,
)
from linli.simulator.habits.spells import Spells
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood

CADENCES = {
    "water_meter": 15 * MINUTE,
    "electricity_meter": 15 * MINUTE,
    "charger": 5 * MINUTE,
    "smoke": HOUR,
    "door_sensor": 6 * HOUR,
    "lift": MINUTE,
    "camera": 5 * MINUTE,
    "access_gate": 15 * MINUTE,
}
"""Longest silence of each type in a demo; a measurement may use its own."""

_REMEMBERED = ("volume", "energy", "count", "entries")


class Instrumentation:
    def __init__(
        self,
        n: Neighbourhood,
        devices: tuple[DevicePlan, ...],
        spells: Spells,
        start: int,
        *,
        cadences: dict[str, int] | None = None,
        memory: dict[str, float] | None = None,
        trips: bool = True,
    ) -> None:
        """``memory`` is what an earlier run's :meth:`memory` gave; ``trips`` False leaves lifts idle but for spells."""
        self._n, self._spells, self._start = n, spells, start
        self._every = {**CADENCES, **(cadences or {})}
        self._trips = trips
        self.all: list[Instrument] = [i for d in devices if (i := self._build(d)) is not None]
        for instrument in self.all:
            for name in _REMEMBERED:
                if memory and hasattr(instrument, name) and instrument.code in memory:
                    setattr(instrument, name, memory[instrument.code])

    def speak(self, now: int, fleet: Fleet) -> int:
        """Let every device say what it has to say up to ``now``; returns the number of readings."""
        return sum(fleet.say(instrument.code, instrument.until(now)) for instrument in self.all)

    def memory(self) -> dict[str, float]:
        return {i.code: getattr(i, name) for i in self.all for name in _REMEMBERED if hasattr(i, name)}

    def _build(self, d: DevicePlan) -> Instrument | None:
        seed, spells, start, every = self._n.seed, self._spells, self._start, self._every.get(d.type, HOUR)
        match d.type:
            case "water_meter":
                household = self._n.household_in[d.home]
                return WaterMeter(seed, d.code, d.home, household.kind, len(household.members), spells, start, every)
            case "electricity_meter":
                return ElectricityMeter(seed, d.code, self._n.building_of[d.building].storeys, spells, start, every)
            case "charger":
                return Charger(seed, d.code, spells, start, every)
            case "smoke":
                return SmokeDetector(seed, d.code, spells, start, every)
            case "door_sensor":
                return DoorSensor(seed, d.code, d.home, spells, start, every)
            case "camera":
                return GateCamera(seed, d.code, self._homes_behind(d), spells, start, every)
            case "access_gate":
                return Gate(seed, d.code, self._homes_behind(d), spells, start, every)
            case "lift":
                building = self._n.building_of[d.building]
                homes = len(building.homes) // max(1, len(building.entrances))
                return Lift(seed, d.code, building.storeys, homes, spells, start, every, trips=self._trips)
        return None

    def _homes_behind(self, d: DevicePlan) -> int:
        """Homes of the estate whose gate it is."""
        estate = self._n.building_of[d.building].estate
        return sum(len(b.homes) for e in self._n.estates if e.code == estate for b in e.buildings)
