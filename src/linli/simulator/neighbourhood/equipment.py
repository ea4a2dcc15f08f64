"""Facilities and devices: what is installed where, about 1,400 devices in the whole neighbourhood."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from linli.simulator.neighbourhood.land import PLOTS
from linli.simulator.neighbourhood.shapes import (
    BuildingPlan,
    DevicePlan,
    EstatePlan,
    FacilityPlan,
    HouseholdPlan,
)

WATER_METERS, DOOR_SENSORS, SMOKE_IN_HOMES = 900, 110, 110
GAS_IN_HOMES, SOS_BUTTONS, PRESENCE_ALONE = 24, 30, 6
FULLY_EQUIPPED, BED_MATS = 8, 6
"""Homes of elders in which water, door, electricity and movement are seen together, and how many of them have a bed mat."""
LIT_ESTATES, NOISY_GATES, LEAK_SENSORS = 3, 3, 5
CANTEEN, ACTIVITY_ROOM, CARE_STATION = "VENUE-1", "VENUE-2", "VENUE-4"
LIFTS_IN_A_TOWER = 2


def plan_facilities(estates: Sequence[EstatePlan]) -> list[FacilityPlan]:
    """Lifts, lamps, gates, pumps, charging sheds, fire panels, and the rooms of the neighbourhood centre."""
    found: list[FacilityPlan] = []
    for estate in estates:
        found += _outdoors(estate)
        for building in estate.buildings:
            found += _lifts(estate, building)
    x, y = next(p for p in PLOTS if p.use == "centre").corner
    for n, room in enumerate(("老年食堂", "活动室", "健身房", "助老站"), start=1):
        found.append(FacilityPlan(f"VENUE-{n}", f"邻里中心{room}", "venue", 1, "", "", x + 30 + n * 14, y + 50))
    return found


def gateway_of(estate: str) -> str:
    """Code of the gateway through which an estate's devices speak."""
    return f"gw-{estate.lower()}"


def _outdoors(estate: EstatePlan) -> list[FacilityPlan]:
    gatehouse = estate.buildings[0]
    left, bottom = estate.ring[0]

    def stands(kind: str, number: int, name: str, east: float, north: float, building: str = "") -> FacilityPlan:
        return FacilityPlan(
            f"{kind.upper()}-{estate.code}-{number}", f"{estate.name}{name}", kind, gatehouse.grid, building, "",
            left + east, bottom + north,
        )  # fmt: skip

    return [
        stands("gate", 1, "大门", 68, 2),
        stands("pump", 1, "水泵房", 128, 104),
        stands("fire", 1, "消防泵", 122, 104),
        *(stands("lamp", n, f"路灯 {n} 号", 10 + n * 18, 6 if n % 2 else 106) for n in range(1, 7)),
        *(stands("charger", n, f"电瓶车充电棚 {n} 号", 4, 20 + n * 30, gatehouse.code) for n in (1, 2)),
    ]


def _lifts(estate: EstatePlan, building: BuildingPlan) -> list[FacilityPlan]:
    x, y = building.centre
    each = LIFTS_IN_A_TOWER if estate.kind == "new" else 1
    return [
        FacilityPlan(
            f"LIFT-{building.code}-{entrance}" + (f"-{n}" if each > 1 else ""),
            f"{estate.name} {building.number} 幢 {entrance} 单元电梯" + (f" {n} 号" if each > 1 else ""),
            "lift",
            building.grid,
            building.code,
            entrance,
            round(x + 4 * n, 1),
            round(y, 1),
        )
        for entrance in building.lift_entrances
        for n in range(1, each + 1)
    ]


def plan_devices(
    rng: Random,
    estates: Sequence[EstatePlan],
    households: Sequence[HouseholdPlan],
    facilities: Sequence[FacilityPlan],
    *,
    share: float,
    always: frozenset[str],
) -> list[DevicePlan]:
    """Devices of the neighbourhood; homes in ``always`` get a water meter and a door sensor whatever the draw.

    Water meters go first to elders living alone (most of whom said yes), then to other elders; each device in a home
    stands for a consent.
    """
    devices: list[DevicePlan] = []
    estate_of_home = {h.code: (b.code, h.entrance) for e in estates for b in e.buildings for h in b.homes}

    def in_home(kind: str, prefix: str, name: str, home: str) -> None:
        building, entrance = estate_of_home[home]
        devices.append(DevicePlan(f"{prefix}-{home.lower()}", kind, name, building, entrance, home))

    alone = [h.home for h in households if h.kind == "alone"]
    elders = [h.home for h in households if h.kind in {"couple", "elder_with_child", "three_generations"}]
    willing = [home for home in alone if home in always or rng.random() < 0.86]
    others = rng.sample(elders, k=max(0, min(len(elders), round(WATER_METERS * share) - len(willing))))
    for home in [*willing, *others]:
        in_home("water_meter", "wm", "智能水表", home)
    doors = [h for h in willing if h in always]
    doors += rng.sample(
        [h for h in willing if h not in always], k=min(len(willing) - len(doors), round(DOOR_SENSORS * share))
    )
    for home in doors:
        in_home("door_sensor", "dr", "门磁", home)
    for home in rng.sample(willing, k=min(len(willing), round(SMOKE_IN_HOMES * share))):
        in_home("smoke", "sk", "厨房烟感", home)
    for estate in estates:
        gatehouse = estate.buildings[0].code
        tag = estate.code.lower()
        devices.append(DevicePlan(gateway_of(estate.code), "gateway", f"{estate.name}网关", gatehouse))
        devices.append(DevicePlan(f"cam-{tag}", "camera", f"{estate.name}大门摄像头", gatehouse))
        if estate.kind == "new":
            devices.append(DevicePlan(f"gate-{tag}", "access_gate", f"{estate.name}大门门禁", gatehouse))
        for building in estate.buildings:
            tag = building.code.lower()
            devices.append(DevicePlan(f"sk-{tag}", "smoke", "楼道烟感", building.code, building.entrances[0]))
            devices.append(DevicePlan(f"em-{tag}", "electricity_meter", "公共用电", building.code))
    for facility in facilities:
        if facility.kind == "lift":
            devices.append(
                DevicePlan(
                    facility.code.lower(),
                    "lift",
                    facility.name,
                    facility.building,
                    facility.entrance,
                    facility=facility.code,
                )
            )
        elif facility.kind == "charger":
            for n in range(1, 3):
                devices.append(
                    DevicePlan(
                        f"{facility.code.lower()}-{n}",
                        "charger",
                        f"{facility.name}{n} 口",
                        facility.building,
                        facility=facility.code,
                    )
                )
    return devices


def plan_newer_devices(
    rng: Random,
    estates: Sequence[EstatePlan],
    households: Sequence[HouseholdPlan],
    facilities: Sequence[FacilityPlan],
    devices: Sequence[DevicePlan],
    *,
    share: float,
    always: frozenset[str],
) -> list[DevicePlan]:
    """What came later, in modest numbers: in homes beside the meters of ``devices``, in the centre, and out of doors.

    Homes in ``always`` are fully equipped whatever the draw.
    """
    doors = [d.home for d in devices if d.type == "door_sensor"]
    alone = [h.home for h in households if h.kind == "alone"]
    full = [h for h in doors if h in always]
    full += rng.sample(
        [h for h in doors if h not in always], k=min(len(doors) - len(full), _some(FULLY_EQUIPPED, share))
    )
    others = [h for h in alone if h not in full]
    in_homes = {
        ("electricity_meter", "eh", "家里的智能电表"): full,
        ("presence", "ps", "人体感应"): full + rng.sample(others, k=min(len(others), _some(PRESENCE_ALONE, share))),
        ("bed_mat", "bm", "床垫感应"): full[: _some(BED_MATS, share)],
        ("gas", "gs", "厨房燃气探测"): rng.sample(alone, k=min(len(alone), _some(GAS_IN_HOMES, share))),
        ("sos", "so", "床头求助按钮"): rng.sample(alone, k=min(len(alone), _some(SOS_BUTTONS, share))),
    }
    where = {h.code: (b.code, h.entrance) for e in estates for b in e.buildings for h in b.homes}
    found = [
        DevicePlan(f"{prefix}-{home.lower()}", kind, name, *where[home], home)
        for (kind, prefix, name), homes in in_homes.items()
        for home in homes
    ]
    return found + _in_the_centre(estates[0]) + _out_of_doors(estates, facilities)


def _some(most: int, share: float) -> int:
    return max(1, round(most * share))


def _in_the_centre(nearest: EstatePlan) -> list[DevicePlan]:
    """The centre's rooms belong to no building; they speak through the gateway of the estate beside them."""
    gatehouse = nearest.buildings[0].code
    return [
        DevicePlan(code, kind, name, gatehouse, facility=facility)
        for code, kind, name, facility in (
            ("pc-canteen", "people_counter", "老年食堂门口客流计数", CANTEEN),
            ("air-canteen", "air", "老年食堂空气质量", CANTEEN),
            ("air-activity", "air", "活动室空气质量", ACTIVITY_ROOM),
            ("th-canteen", "climate", "老年食堂冷藏间温湿度", CANTEEN),
            ("th-care", "climate", "助老站温湿度", CARE_STATION),
        )
    ]


def _out_of_doors(estates: Sequence[EstatePlan], facilities: Sequence[FacilityPlan]) -> list[DevicePlan]:
    """Pumps of every estate, leak sensors in some pump rooms, noise at some gates, the lamps of the first estates."""
    code_of = {(f.kind, f.code.split("-")[1]): f for f in facilities if f.kind in {"pump", "gate"}}
    found: list[DevicePlan] = []
    for number, estate in enumerate(estates):
        gatehouse, tag = estate.buildings[0].code, estate.code.lower()
        pump, gate = code_of["pump", estate.code], code_of["gate", estate.code]
        found.append(DevicePlan(f"pp-{tag}", "pipe_pressure", f"{estate.name}进水压力", gatehouse, facility=pump.code))
        if number < LEAK_SENSORS:
            found.append(DevicePlan(f"wl-{tag}", "water_leak", f"{pump.name}水浸", gatehouse, facility=pump.code))
        if number < NOISY_GATES:
            found.append(DevicePlan(f"ns-{tag}", "noise", f"{estate.name}大门噪声", gatehouse, facility=gate.code))
        if number < LIT_ESTATES:
            lamps = [f for f in facilities if f.kind == "lamp" and f.code.split("-")[1] == estate.code]
            found += [
                DevicePlan(
                    lamp.code.lower(), "street_lamp", lamp.name, estate.buildings[n % len(estate.buildings)].code,
                    facility=lamp.code,
                )
                for n, lamp in enumerate(lamps)
            ]  # fmt: skip
    return found
