"""What a visitor of the demo asks for, planted at once near the demo grid worker.

What neighbours complain of, the demo's resident reports too: so that whoever is the resident has a result to rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from linli.simulator.incidents.kinds import KINDS
from linli.simulator.incidents.planting import MINUTE, Incident, Planter, Report


def fulfil(what: str, planter: Planter, now: int, number: int) -> Iterable[Incident]:
    """Incidents for one order: trapped, no_water, burst_pipe or ten_complain. ``now`` in ms."""
    rng = Random(f"{planter.n.seed}/order/{number}")
    n, grid = planter.n, planter.n.personas.grid
    tag = f"order-{number}"
    if what == "trapped":
        lifts = [d for d in planter.lifts if n.facility_of[d.facility].grid == grid]
        incident = planter.incident(KINDS["trapped"], now, rng, tag, device=rng.choice(lifts or planter.lifts))
        incident.reports = [r for r in incident.reports if r.at > now + 20 * MINUTE]
    elif what == "no_water":
        home = n.person_of[n.personas.elder].home
        meter = next(d for d in planter.elder_meters if d.home == home)
        incident = planter.incident(KINDS["fall"], now, rng, tag, device=meter)
        incident.reports = []
    elif what == "burst_pipe":
        meters = [d for d in planter.meters if n.grid_of_home[d.home] == grid]
        incident = planter.incident(KINDS["burst"], now, rng, tag, device=rng.choice(meters or planter.meters))
        incident.reports = [*_soon(planter, incident, 4, 12, now, rng), _himself(planter, now)]
    elif what == "ten_complain":
        buildings = [b for b in n.buildings if b.grid == grid and len(planter.by_building.get(b.code, ())) >= 10]
        incident = planter.incident(KINDS["lamp"], now, rng, tag)
        place = rng.choice(buildings or list(n.buildings))
        incident.building, incident.place, incident.grid = place.code, place.code, place.grid
        incident.reports = [_himself(planter, now), *_soon(planter, incident, 9, 25, now, rng)]
    else:
        return []
    incident.id = f"order-{n.seed}-{number}-{what}"
    return [incident]


def _himself(planter: Planter, now: int) -> Report:
    return Report(now, planter.n.personas.resident, "portal")


def _soon(planter: Planter, incident: Incident, people: int, minutes: float, now: int, rng: Random) -> list[Report]:
    """``people`` of the building speak within ``minutes``, by whatever way is theirs."""
    personas = {planter.n.personas.resident, planter.n.personas.elder}
    neighbours = [p for p in planter.by_building.get(incident.building, []) if p.code not in personas]
    reports = [
        Report(now + round(rng.uniform(0.5, minutes) * MINUTE), p.code, planter.channel(p, rng))
        for p in rng.sample(neighbours, k=min(people, len(neighbours)))
    ]
    return sorted(reports, key=lambda r: r.at)
