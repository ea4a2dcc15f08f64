"""Planting a day's incidents and near misses: places, times, and who would say something when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from random import Random

from linli.simulator.habits.days import DAY, HOUR, day_start
from linli.simulator.incidents.kinds import KINDS, NEAR_MISSES, Kind, NearMiss
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood, Person

MINUTE = 60_000
OF_THE_HOME = frozenset({"metered_elder", "metered_home", "presence_home", "bed_home"})
"""Where a device of the kind stands, but the whole home is what it is about."""
HELPLESS = frozenset({"fall", "bathroom", "sos"})
"""Whoever is concerned cannot speak: a neighbour does."""


@dataclass
class Report:
    """``at`` in ms; ``channel`` portal for those who use the phone themselves, otherwise how staff hear of it."""

    at: int
    person: str
    channel: str
    with_place: bool = True


@dataclass
class Incident:
    """The truth of one happening. Times in ms; ``ended`` and ``end_cause`` are filled in as life goes on.

    ``place`` is what the devices' spell is about (a home or a device code); ``home``, ``building`` and ``facility``
    are plan codes; a near miss is not ``genuine``. ``announced``: somebody who goes away has said so.
    """

    id: str
    kind: str
    genuine: bool
    place: str
    home: str
    building: str
    facility: str
    grid: int
    since: int
    visible_at: int
    harm: float
    work_hours: float
    warning: str = ""
    spell: str = ""
    ends_itself_at: int | None = None
    reports: list[Report] = field(default_factory=list)
    ended_at: int | None = None
    end_cause: str = ""
    announced: bool = False

    @property
    def ordered(self) -> bool:
        """A visitor of the demo asked for it."""
        return self.id.startswith("order-")

    def as_row(self) -> dict:
        return asdict(self)


class Planter:
    """Draws incidents from the neighbourhood; the same (seed, day, rates) gives the same ones."""

    def __init__(
        self,
        neighbourhood: Neighbourhood,
        *,
        more: Mapping[str, float] | None = None,
        only: frozenset[str] | None = None,
        near_misses: bool = True,
    ):
        """``more`` multiplies the rate of a kind; ``only`` limits planting to some kinds."""
        self.near_misses = near_misses
        self.n, self.more, self.only = neighbourhood, more or {}, only
        self.scale = len(neighbourhood.people) / 4906
        devices = neighbourhood.devices
        self.lifts = [d for d in devices if d.type == "lift"]
        self.meters = [d for d in devices if d.type == "water_meter"]
        self.elder_meters = [d for d in self.meters if neighbourhood.household_in[d.home].kind == "alone"]
        self.smoke = [d for d in devices if d.type == "smoke" and d.home]
        of_type = {
            kind: [d for d in devices if d.type == kind] for kind in ("gas", "sos", "presence", "bed_mat", "camera")
        }
        self.pools = {
            "lift": self.lifts, "metered_elder": self.elder_meters, "metered_home": self.meters,
            "smoke_home": self.smoke, "meter": self.elder_meters, "gas_home": of_type["gas"], "sos_home": of_type["sos"],
            "presence_home": of_type["presence"], "bed_home": of_type["bed_mat"], "camera": of_type["camera"],
        }  # fmt: skip
        self.adults = [p for p in neighbourhood.people if p.phone and p.age_on(neighbourhood.as_of) >= 18]
        self.by_building: dict[str, list[Person]] = {}
        self.by_estate: dict[str, list[Person]] = {}
        for person in self.adults:
            home = neighbourhood.home_of[person.home]
            self.by_building.setdefault(home.building, []).append(person)
            self.by_estate.setdefault(home.estate, []).append(person)

    def day(self, day: int) -> list[Incident]:
        """Everything that begins in a local calendar day, in time order."""
        planted: list[Incident] = []
        for kind in KINDS.values():
            for number, rng in self._arrivals(kind.name, kind.a_day, day):
                low, high = kind.hours
                since = day_start(day) + round(rng.uniform(low, high) * HOUR)
                planted.append(self.incident(kind, since, rng, f"{day}-{kind.name}-{number}"))
        for near in NEAR_MISSES.values() if self.near_misses else ():
            for number, rng in self._arrivals(near.name, near.a_day, day):
                since = day_start(day) + round(rng.uniform(6.5, 22.5) * HOUR)
                planted.append(self.near_miss(near, since, rng, f"{day}-{near.name}-{number}"))
        return sorted(planted, key=lambda i: i.since)

    def _arrivals(self, name: str, a_day: float, day: int):
        if self.only is not None and name not in self.only:
            return
        rng = Random(f"{self.n.seed}/{day}/{name}/arrivals")
        mean = a_day * self.scale * self.more.get(name, 1.0)
        for number in range(_poisson(rng, mean)):
            yield number, Random(f"{self.n.seed}/{day}/{name}/{number}")

    def incident(
        self,
        kind: Kind,
        since: int,
        rng: Random,
        tag: str,
        *,
        device: DevicePlan | None = None,
        home: str = "",
    ) -> Incident:
        """One incident of ``kind``; ``device`` or ``home`` fixes where, otherwise it is drawn."""
        where = self._where(kind.place, rng, device, home)
        visible = since + round(kind.visible_after * HOUR)
        planted = Incident(
            id=f"{self.n.seed}-{tag}", kind=kind.name, genuine=True, since=since, visible_at=visible, harm=kind.harm,
            work_hours=kind.work_hours * rng.uniform(0.5, 1.8), warning=kind.warning, spell=kind.spell,
            ends_itself_at=since + round(kind.lasts * rng.uniform(0.6, 1.4) * HOUR) if kind.lasts else None,
            **where,
        )  # fmt: skip
        planted.reports = self._reports(kind, planted, rng)
        return planted

    def near_miss(self, near: NearMiss, since: int, rng: Random, tag: str) -> Incident:
        where = self._where(near.place, rng, None, "")
        return Incident(
            id=f"{self.n.seed}-{tag}", kind=near.name, genuine=False, since=since, visible_at=since, harm=0.0,
            work_hours=0.2, spell=near.spell, ends_itself_at=since + round(rng.uniform(*near.minutes) * MINUTE), **where,
        )  # fmt: skip

    def _where(self, place: str, rng: Random, device: DevicePlan | None, home: str) -> dict:
        if place in self.pools:
            device = device or rng.choice(self.pools[place])
            of_home = place in OF_THE_HOME
            return {
                "place": device.home if of_home else device.code, "home": device.home, "building": device.building,
                "facility": device.facility, "grid": self.n.building_of[device.building].grid,
            }  # fmt: skip
        if place in {"home", "elder_home", "person"}:
            pool = self.adults if place != "elder_home" else [p for p in self.adults if p.age_on(self.n.as_of) >= 70]
            home = home or rng.choice(pool).home
            building = self.n.home_of[home].building
            return self._spot(home, building, "")
        return self._spot("", rng.choice(self.n.buildings).code, "")

    def _spot(self, home: str, building: str, facility: str) -> dict:
        grid = self.n.building_of[building].grid
        return {
            "place": home or facility or building,
            "home": home,
            "building": building,
            "facility": facility,
            "grid": grid,
        }

    def _reports(self, kind: Kind, incident: Incident, rng: Random) -> list[Report]:
        """Who speaks: those concerned, or neighbours for somebody who cannot; some never do."""
        if rng.random() < kind.silent:
            return []
        reports = []
        people = self._witnesses(kind, incident, rng)
        for person in people[: rng.randint(*kind.reporters)]:
            delay = kind.median_hours * math.exp(rng.gauss(0, 0.8))
            at = _awake(incident.since + round(delay * HOUR), urgent=kind.harm >= 1.0, rng=rng)
            reports.append(Report(at, person.code, self.channel(person, rng), with_place=rng.random() < 0.9))
        return sorted(reports, key=lambda r: r.at)

    def _witnesses(self, kind: Kind, incident: Incident, rng: Random) -> list[Person]:
        own = [p for p in self.adults if p.home == incident.home] if incident.home else []
        neighbours = list(self.by_building.get(incident.building, []))
        if kind.place in {"estate", "lift", "camera"} and not neighbours:
            neighbours = list(self.by_estate[self.n.building_of[incident.building].estate])
        rng.shuffle(neighbours)
        if kind.name in HELPLESS:
            return [p for p in neighbours if p.home != incident.home] or self.adults[:1]
        if kind.place in {"person", "elder_home", "home", "metered_home", "gas_home"} and own:
            return own[:1] + [p for p in neighbours if p not in own]
        return neighbours or [rng.choice(self.adults)]

    def channel(self, person: Person, rng: Random) -> str:
        """The older, the rarer the app: phone, the desk, the door, or a neighbour's message in the group."""
        age = person.age_on(self.n.as_of)
        app = 0.82 if age < 60 else 0.5 if age < 75 else 0.22
        if rng.random() < app:
            return "portal"
        return rng.choices(("phone", "desk", "door", "paper", "group_chat", "hotline"), (46, 18, 12, 6, 12, 6))[0]


def _awake(at: int, *, urgent: bool, rng: Random) -> int:
    """Nobody writes about rubbish at three in the night: wait for the morning unless it is urgent."""
    day = (at + 8 * HOUR) // DAY
    hour = (at - day_start(day)) / HOUR
    if urgent or 6.5 <= hour < 22.8:
        return at
    morning = day_start(day + (hour >= 22.8)) + round(rng.uniform(6.8, 9.5) * HOUR)
    return max(at, morning)


def _poisson(rng: Random, mean: float) -> int:
    """Knuth's method: small means only."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
