"""Planning the whole: estates on their plots, grids, households in homes, equipment, staff, personas."""

from __future__ import annotations

from datetime import date
from random import Random

from linli.simulator.neighbourhood import land
from linli.simulator.neighbourhood.equipment import (
    plan_devices,
    plan_facilities,
    plan_newer_devices,
)
from linli.simulator.neighbourhood.households import Somebody, households
from linli.simulator.neighbourhood.names import invent_name, surname_of
from linli.simulator.neighbourhood.shapes import (
    BuildingPlan,
    EstatePlan,
    HomePlan,
    HouseholdPlan,
    Neighbourhood,
    Person,
    Personas,
    StaffMember,
)

GRIDS = 11
COMMUNITY_WORKERS = 6
FIRST_PHONE, STAFF_PHONES = 19900000000, 19900009000
_NEW_HOMES_OF_A_STOREY, _OLD_HOMES_OF_A_STOREY = 4, 2


def plan_neighbourhood(seed: int, *, as_of: date, estates: int = 13) -> Neighbourhood:
    """The neighbourhood of ``seed`` as it stands on ``as_of``.

    ``estates`` below 13 gives a smaller one of the same make: its first estates, with residents in proportion and a
    grid for each old estate.
    """
    rng = Random(f"neighbourhood-{seed}")
    plots = [p for p in land.PLOTS if p.use in {"old", "new"}][:estates]
    whole = estates >= len([p for p in land.PLOTS if p.use in {"old", "new"}])
    drafts = [_estate(rng, plot, f"E{n:02d}") for n, plot in enumerate(plots, start=1)]
    grids = GRIDS if whole else len(plots)
    built = _gridded(drafts, grids)
    share = 1.0 if whole else len(plots) / 13.5
    moved_in = _move_in(rng, built, as_of, share)
    facilities = plan_facilities(built)
    personas = _personas(built, moved_in, as_of)
    elder_home = next(h.home for h in moved_in for p in h.members if p.code == personas.elder)
    always = frozenset({elder_home})
    devices = plan_devices(rng, built, moved_in, facilities, share=share, always=always)
    newer = Random(f"newer-devices-{seed}")
    devices += plan_newer_devices(newer, built, moved_in, facilities, devices, share=share, always=always)
    return Neighbourhood(
        seed=seed,
        as_of=as_of,
        code="wanhe",
        name="晚河社区",
        estates=tuple(built),
        surroundings=land.surroundings(),
        households=tuple(moved_in),
        facilities=tuple(facilities),
        devices=tuple(devices),
        staff=tuple(_staff(rng, grids, personas.grid)),
        personas=personas,
        grids=tuple(range(1, grids + 1)),
    )


def _estate(rng: Random, plot: land.Plot, code: str) -> EstatePlan:
    if plot.use == "new":
        rings = land.towers(plot, 4)
        shapes: list[tuple[int, int, tuple[int, ...]]] = [(rng.choice((14, 15, 16, 17)), 1, (1,)) for _ in rings]
        per_storey, year = _NEW_HOMES_OF_A_STOREY, rng.randint(2014, 2019)
    else:
        entrances = [rng.choice((2, 2, 2, 3)) for _ in range(7)]
        rings = land.slabs(plot, entrances, rng)
        shapes = []
        for index, count in enumerate(entrances):
            lifts = tuple(n for n in range(1, count + 1) if index == 2 or rng.random() < 0.13)
            shapes.append((rng.choice((5, 6, 6, 6, 7)), count, lifts))
        per_storey, year = _OLD_HOMES_OF_A_STOREY, rng.randint(1982, 1998)
    buildings = []
    for number, (ring, (storeys, count, lifts)) in enumerate(zip(rings, shapes, strict=True), start=1):
        tag = f"{code}-{number}"
        homes = tuple(
            HomePlan(
                code=f"{tag}-{entrance}-{floor}{room:02d}",
                estate=code,
                building=tag,
                entrance=str(entrance),
                number=f"{floor}{room:02d}",
                floor=floor,
                exclusive_area=rng.randrange(8200, 13900, 10) if per_storey == 4 else rng.randrange(4200, 7800, 10),
            )
            for entrance in range(1, count + 1)
            for floor in range(1, storeys + 1)
            for room in range(1, per_storey + 1)
        )
        buildings.append(
            BuildingPlan(
                tag,
                code,
                str(number),
                storeys,
                0,
                ring,
                tuple(str(n) for n in range(1, count + 1)),
                tuple(str(n) for n in lifts),
                homes,
            )
        )
    return EstatePlan(code, plot.name, plot.use, year, plot.ring, tuple(buildings))


def _gridded(estates: list[EstatePlan], grids: int) -> list[EstatePlan]:
    """Give each new estate a grid of its own and divide the walk-ups, in order, into the rest by number of homes."""
    new = [e for e in estates if e.kind == "new"]
    of_old = grids - len(new)
    old_homes = sum(len(b.homes) for e in estates if e.kind == "old" for b in e.buildings)
    passed, next_new, done = 0, of_old, []
    for estate in estates:
        if estate.kind == "new":
            next_new += 1
        placed = []
        for building in estate.buildings:
            if estate.kind == "new":
                grid = next_new
            else:
                grid = min(of_old, 1 + (passed + len(building.homes) // 2) * of_old // old_homes)
                passed += len(building.homes)
            placed.append(_in_grid(building, grid))
        done.append(EstatePlan(estate.code, estate.name, estate.kind, estate.built_year, estate.ring, tuple(placed)))
    return done


def _in_grid(b: BuildingPlan, grid: int) -> BuildingPlan:
    return BuildingPlan(b.code, b.estate, b.number, b.storeys, grid, b.ring, b.entrances, b.lift_entrances, b.homes)


def _move_in(rng: Random, estates: list[EstatePlan], as_of: date, share: float) -> list[HouseholdPlan]:
    """Put households into homes: families with children first into the towers, elders into the walk-ups."""
    towers = [h.code for e in estates if e.kind == "new" for b in e.buildings for h in b.homes]
    walkups = [h.code for e in estates if e.kind == "old" for b in e.buildings for h in b.homes]
    rng.shuffle(towers)
    rng.shuffle(walkups)
    moved_in, phones = [], _phones(rng)
    serial = 0
    for number, (kind, members) in enumerate(households(rng, as_of, share), start=1):
        young = kind in {"family", "single", "three_generations"}
        pool = towers if (young and towers and rng.random() < 0.75) or not walkups else walkups
        home = (pool or towers).pop()
        household = f"H{number:04d}"
        people = []
        for somebody in members:
            serial += 1
            people.append(_person(rng, somebody, f"R{serial:04d}", home, household, kind == "alone", as_of, phones))
        moved_in.append(HouseholdPlan(household, home, kind, tuple(people)))
    return moved_in


def _phones(rng: Random) -> list[str]:
    numbers = list(range(FIRST_PHONE, STAFF_PHONES))
    rng.shuffle(numbers)
    return [str(n) for n in numbers]


def _person(
    rng: Random,
    who: Somebody,
    code: str,
    home: str,
    household: str,
    alone: bool,
    as_of: date,
    phones: list[str],
) -> Person:
    age = (as_of - who.birth_date).days / 365.2425
    has_phone = age >= 12 and rng.random() < (0.97 if age < 60 else 0.93 if age < 80 else 0.72)
    return Person(code, who.name, who.sex, who.birth_date, phones.pop() if has_phone else "", home, household, alone)


def _personas(estates: list[EstatePlan], moved_in: list[HouseholdPlan], as_of: date) -> Personas:
    """A man of 79 or more who lives alone with a phone, in a grid with a lift; a neighbour of that grid; a mother and her child."""
    grid_of = {h.code: b.grid for e in estates for b in e.buildings for h in b.homes}
    with_lift = {b.grid for e in estates if e.kind == "old" for b in e.buildings if b.lift_entrances}
    elder = next(
        p
        for h in moved_in
        if h.kind == "alone" and grid_of[h.home] in with_lift
        for p in h.members
        if 79 <= p.age_on(as_of) <= 88 and p.phone and p.sex == "m"
    )
    grid = grid_of[elder.home]
    resident = next(
        p
        for h in moved_in
        if grid_of[h.home] == grid and h.kind in {"family", "three_generations", "elder_with_child", "single"}
        for p in h.members
        if 28 <= p.age_on(as_of) <= 56 and p.phone
    )
    guardian, child = next(
        (
            (mother.code, child.code)
            for h in moved_in
            for child in h.members
            if 9 <= child.age_on(as_of) <= 12
            for mother in h.members
            if 22 <= mother.age_on(as_of) - child.age_on(as_of) <= 42 and mother.sex == "f" and mother.phone
            if mother.code != resident.code
        ),
        ("", ""),
    )
    daughter = invent_name(Random(elder.code), sex="f", elder=False, surname=surname_of(elder.name))
    analyst = invent_name(Random(f"{elder.code}/analyst"), sex="m", elder=False)
    return Personas(
        resident=resident.code, elder=elder.code, daughter_name=daughter, daughter_phone=str(STAFF_PHONES + 900),
        guardian=guardian, child=child, analyst_name=analyst, analyst_phone=str(STAFF_PHONES + 901), grid=grid,
    )  # fmt: skip


def _staff(rng: Random, grids: int, demo_grid: int) -> list[StaffMember]:
    def member(number: int, username: str, role: str, grid: int = 0) -> StaffMember:
        name = invent_name(rng, sex=rng.choice("mff"), elder=False)
        return StaffMember(username, name, role, grid, str(STAFF_PHONES + number))

    staff = [member(1, "demo-director", "community_director")]
    staff += [member(10 + n, f"worker-{n}", "community_worker") for n in range(1, COMMUNITY_WORKERS + 1)]
    staff += [
        member(20 + n, "demo-grid-worker" if n == demo_grid else f"grid-{n}", "grid_worker", n)
        for n in range(1, grids + 1)
    ]
    return staff
