"""The neighbourhood of ``linli bench speed ingest``: homes that agreed to everything, lifts, cameras, and what they say.

Elders living alone with nine devices each, and beside them what stands outside; declared, assessed and agreed to, so that every
rule that is shipped switched on looks at what its devices say. They live as in ``linli bench quality warnings``.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

AT_A_TIME = {"home": 100, "lift": 40, "camera": 10, "charger": 40, "meter": 20}
"""Places of each kind; a home has nine devices. 1,010 devices."""
IN_HOMES = {
    "water_care": {"water_meter": ["volume", "battery"]},
    "power_care": {"electricity_meter": ["energy"]},
    "door_care": {"door_sensor": ["open", "battery"]},
    "presence_care": {"presence": ["motion", "bathroom", "battery"], "fall_radar": ["fallen"]},
    "bed_care": {"bed_mat": ["in_bed", "heart_rate", "breath_rate"]},
    "rhythm_care": {
        "water_meter": ["volume", "battery"], "electricity_meter": ["energy"], "door_sensor": ["open", "battery"],
        "presence": ["motion", "bathroom", "battery"],
    },
    "smoke_care": {}, "gas_care": {}, "sos_care": {},
}  # fmt: skip
TYPES_IN_HOMES = (
    "water_meter", "electricity_meter", "door_sensor", "presence", "fall_radar", "bed_mat", "smoke", "gas", "sos",
)  # fmt: skip
TYPE_OUTSIDE = {"lift": "lift", "camera": "camera", "charger": "charger", "meter": "electricity_meter"}
CODE = "bench"


def move_in() -> int:
    """Make the community and enrol its devices; returns how many."""
    from linli.foundation.privacy.consents.actions import give_consent
    from linli.foundation.registry.models import Facility, Home, Household, Resident
    from linli.sense.telemetry.actions import NewDevice, enrol_many
    from linli.testing import build_community, camera_at, in_homes

    world = build_community(CODE, serial=1, name="测速社区")
    director, building = world.actor("community_director"), world.buildings[0]
    for purpose, types in IN_HOMES.items():
        for device_type, metrics in types.items():
            world.put_in_force(in_homes(device_type, purpose, metrics))
    world.put_in_force(camera_at(world.estate))
    with world.scope():
        new: list[NewDevice] = []
        for n in range(AT_A_TIME["home"]):
            home = Home.objects.create(entrance=world.homes[0].entrance, number=f"b{n}", floor=1)
            household = Household.objects.create(home=home, code=f"B{n}")
            elder = Resident.objects.create(
                code=f"B{n}", name=f"住户{n}", sex="f", birth_date=date(1941, 5, 20), phone=f"196{n:08d}", home=home,
                household=household, living_alone=True,
            )  # fmt: skip
            for purpose in IN_HOMES:
                give_consent(elder, purpose, channel="door", evidence="本人说的", actor=director)
            new += [NewDevice(f"home-{n}-{kind}", kind, home_id=home.pk) for kind in TYPES_IN_HOMES]
        for on, kind in TYPE_OUTSIDE.items():
            for n in range(AT_A_TIME[on]):
                facility = None
                if on == "lift":
                    facility = Facility.objects.create(
                        code=f"B-{n}", name=f"{n} 号电梯", kind="lift", grid=world.grids[0], building=building,
                        entrance=world.homes[0].entrance, x=20, y=26,
                    )  # fmt: skip
                code = f"{on}-{n}-{kind}"
                new.append(
                    NewDevice(code, kind, facility_id=facility.pk)
                    if facility
                    else NewDevice(code, kind, building_id=building.pk)
                )
        enrol_many(new, actor=director)
    return len(new)


def spoken(since: int, days: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """(device code, payload) in the order of time from ``since`` (UTC ms) on; no troubles are planted."""
    from linli.simulator.watching.devices import STREAMS
    from linli.simulator.watching.troubles import Place

    def of_place(on: str, n: int) -> Iterator[tuple[float, str, dict[str, Any]]]:
        name = f"{on}-{n}"
        for at, kind, values in STREAMS[on](Place(name, on), days, seed):
            yield at, f"{name}-{kind}", values

    places = [of_place(on, n) for on, count in AT_A_TIME.items() for n in range(count)]
    for at, code, values in heapq.merge(*places, key=lambda one: one[0]):
        yield code, json.dumps({"t": since + round(at * 1000), "v": values}, separators=(",", ":")).encode()


def rules_that_looked() -> tuple[int, int]:
    """How many rules remember something of these devices, and how many are shipped switched on."""
    from linli.foundation.tenancy import every_community
    from linli.understand.warnings.models import DetectorState
    from linli.understand.warnings.shipped import shipped_rules

    with every_community("the benchmark counts"):
        looked = set(DetectorState.objects.values_list("detector", flat=True).distinct())
    on = {key for key, rule in shipped_rules().items() if rule.on}
    return len(looked & on), len(on)
