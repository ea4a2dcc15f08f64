"""All devices of a neighbourhood, and what they remember from one run to the next."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from linli.simulator.doors.mqtt import Fleet
from linli.simulator.habits.at_home import BedMat, GasDetector, HomeElectricity, Presence, SosButton
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
    Wear,
)
from linli.simulator.habits.out_of_doors import (
    Air,
    Climate,
    Noise,
    PeopleCounter,
    PipePressure,
    StreetLamp,
    WaterLeak,
)
from linli.simulator.habits.spells import Spells
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood
from linli.simulator.neighbourhood.equipment import CANTEEN

CADENCES = {
    "water_meter": 15 * MINUTE,
    "electricity_meter": 15 * MINUTE,
    "charger": 5 * MINUTE,
    "smoke": HOUR,
    "door_sensor": 6 * HOUR,
    "lift": MINUTE,
    "camera": 5 * MINUTE,
    "access_gate": 15 * MINUTE,
    "presence": 10 * MINUTE,
    "bed_mat": 10 * MINUTE,
    "gas": HOUR,
    "sos": 12 * HOUR,
    "people_counter": 15 * MINUTE,
    "air": 15 * MINUTE,
    "climate": 30 * MINUTE,
    "noise": 5 * MINUTE,
    "pipe_pressure": 15 * MINUTE,
    "water_leak": 6 * HOUR,
    "street_lamp": 15 * MINUTE,
}
"""Longest silence of each type in a demo; a measurement may use its own."""


def worn_lift(n: Neighbourhood) -> DevicePlan | None:
    """The one lift whose brake and rails are worn: what its counters show beside the others' is true."""
    lifts = [d for d in n.devices if d.type == "lift"]
    return Random(f"{n.seed}/worn").choice(lifts) if lifts else None


_REMEMBERED = ("volume", "energy", "count", "entries")


def memory_of(instruments: Iterable[Instrument]) -> dict[str, float]:
    """Where their counters stand, by device code."""
    return {i.code: getattr(i, name) for i in instruments for name in _REMEMBERED if hasattr(i, name)}


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
        self._worn = worn_lift(n)
        self.all: list[Instrument] = [i for d in devices if (i := self._build(d)) is not None]
        for instrument in self.all:
            for name in _REMEMBERED:
                if memory and hasattr(instrument, name) and instrument.code in memory:
                    setattr(instrument, name, memory[instrument.code])

    def speak(self, now: int, fleet: Fleet) -> int:
        """Let every device say what it has to say up to ``now``; returns the number of readings."""
        return sum(fleet.say(instrument.code, instrument.until(now)) for instrument in self.all)

    def memory(self) -> dict[str, float]:
        return memory_of(self.all)

    def _build(self, d: DevicePlan) -> Instrument | None:
        seed, spells, start, every = self._n.seed, self._spells, self._start, self._every.get(d.type, HOUR)
        match d.type:
            case "water_meter":
                household = self._n.household_in[d.home]
                return WaterMeter(seed, d.code, d.home, household.kind, len(household.members), spells, start, every)
            case "electricity_meter" if d.home:
                return HomeElectricity(seed, d.code, d.home, spells, start, every)
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
                wear = Wear(Random(f"{seed}/{d.code}/wear"), worn=d == self._worn)
                return Lift(seed, d.code, building.storeys, homes, spells, start, every, trips=self._trips, wear=wear)
        return self._newer(d, every)

    def _newer(self, d: DevicePlan, every: int) -> Instrument | None:
        seed, spells, start = self._n.seed, self._spells, self._start
        match d.type:
            case "presence":
                return Presence(seed, d.code, d.home, spells, start, every)
            case "bed_mat":
                return BedMat(seed, d.code, d.home, spells, start, every)
            case "gas":
                return GasDetector(seed, d.code, spells, start, every)
            case "sos":
                return SosButton(seed, d.code, spells, start, every)
            case "people_counter":
                return PeopleCounter(seed, d.code, spells, start, every)
            case "air":
                return Air(seed, d.code, spells, start, every, canteen=d.facility == CANTEEN)
            case "climate":
                return Climate(seed, d.code, spells, start, every, cold=d.facility == CANTEEN)
            case "noise":
                return Noise(seed, d.code, spells, start, every)
            case "water_leak":
                return WaterLeak(seed, d.code, spells, start, every)
            case "pipe_pressure":
                return PipePressure(seed, d.code, self._n.building_of[d.building].estate, spells, start, every)
            case "street_lamp":
                return StreetLamp(seed, d.code, d.building, spells, start, every)
        return None

    def _homes_behind(self, d: DevicePlan) -> int:
        """Homes of the estate whose gate it is."""
        estate = self._n.building_of[d.building].estate
        return sum(len(b.homes) for e in self._n.estates if e.code == estate for b in e.buildings)
