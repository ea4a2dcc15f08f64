"""What a planned neighbourhood consists of. Lengths are metres in the local frame, x east and y north."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

Ring = list[list[float]]


def polygon(ring: Ring) -> dict:
    """A GeoJSON polygon of one ring, closed."""
    closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
    return {"type": "Polygon", "coordinates": [closed]}


@dataclass(frozen=True)
class HomePlan:
    """``code`` is ``estate-building-entrance-room``, unique in the neighbourhood."""

    code: str
    estate: str
    building: str
    entrance: str
    number: str
    floor: int
    exclusive_area: int


@dataclass(frozen=True)
class BuildingPlan:
    """``code`` is ``estate-number``; ``lift_entrances`` are the entrances that have a lift."""

    code: str
    estate: str
    number: str
    storeys: int
    grid: int
    ring: Ring
    entrances: tuple[str, ...]
    lift_entrances: tuple[str, ...]
    homes: tuple[HomePlan, ...]

    @property
    def centre(self) -> tuple[float, float]:
        corners = self.ring[:4]
        return sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4


@dataclass(frozen=True)
class EstatePlan:
    code: str
    name: str
    kind: str
    built_year: int
    ring: Ring
    buildings: tuple[BuildingPlan, ...]


@dataclass(frozen=True)
class Person:
    """``phone`` is empty for those who have none; ``home`` and ``household`` are plan codes."""

    code: str
    name: str
    sex: str
    birth_date: date
    phone: str
    home: str
    household: str
    living_alone: bool

    def age_on(self, day: date) -> int:
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)


@dataclass(frozen=True)
class HouseholdPlan:
    """``kind``: alone, couple, three_generations, elder_with_child, family or single."""

    code: str
    home: str
    kind: str
    members: tuple[Person, ...]


@dataclass(frozen=True)
class FacilityPlan:
    code: str
    name: str
    kind: str
    grid: int
    building: str
    entrance: str
    x: float
    y: float


@dataclass(frozen=True)
class DevicePlan:
    """``home``, ``facility`` and ``building`` are plan codes; a device in a home needs that home's consent."""

    code: str
    type: str
    name: str
    building: str
    entrance: str = ""
    home: str = ""
    facility: str = ""


@dataclass(frozen=True)
class StaffMember:
    """``role`` is a role of the platform; ``grid`` is 0 for those who work for the whole community."""

    username: str
    name: str
    role: str
    grid: int
    phone: str


@dataclass(frozen=True)
class Personas:
    """Codes of the people whom a visitor of the demo may be; ``guardian`` and ``child`` are empty where no mother has a
    child of 9 to 12."""

    resident: str
    elder: str
    daughter_name: str
    daughter_phone: str
    guardian: str
    child: str
    analyst_name: str
    analyst_phone: str
    grid: int


@dataclass(frozen=True)
class Neighbourhood:
    seed: int
    as_of: date
    code: str
    name: str
    estates: tuple[EstatePlan, ...]
    surroundings: dict
    households: tuple[HouseholdPlan, ...]
    facilities: tuple[FacilityPlan, ...]
    devices: tuple[DevicePlan, ...]
    staff: tuple[StaffMember, ...]
    personas: Personas
    grids: tuple[int, ...] = field(default=())

    @cached_property
    def buildings(self) -> tuple[BuildingPlan, ...]:
        return tuple(b for estate in self.estates for b in estate.buildings)

    @cached_property
    def building_of(self) -> dict[str, BuildingPlan]:
        return {b.code: b for b in self.buildings}

    @cached_property
    def homes(self) -> tuple[HomePlan, ...]:
        return tuple(h for b in self.buildings for h in b.homes)

    @cached_property
    def home_of(self) -> dict[str, HomePlan]:
        return {h.code: h for h in self.homes}

    @cached_property
    def people(self) -> tuple[Person, ...]:
        return tuple(p for household in self.households for p in household.members)

    @cached_property
    def person_of(self) -> dict[str, Person]:
        return {p.code: p for p in self.people}

    @cached_property
    def household_in(self) -> dict[str, HouseholdPlan]:
        """Household by home code."""
        return {h.home: h for h in self.households}

    @cached_property
    def facility_of(self) -> dict[str, FacilityPlan]:
        return {f.code: f for f in self.facilities}

    @cached_property
    def estate_of(self) -> dict[str, EstatePlan]:
        return {e.code: e for e in self.estates}

    @cached_property
    def grid_of_home(self) -> dict[str, int]:
        return {h.code: b.grid for b in self.buildings for h in b.homes}

    def devices_of(self, kind: str) -> tuple[DevicePlan, ...]:
        return tuple(d for d in self.devices if d.type == kind)
