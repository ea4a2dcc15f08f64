"""Moving the neighbourhood in: registry by import files, devices and consents by the API, as the director would."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

from linli.simulator.doors.api import Caller, Refused
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood
from linli.simulator.neighbourhood.import_files import import_files

_LETTERS = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")
PURPOSES = {
    "water_meter": "water_care", "door_sensor": "door_care", "smoke": "smoke_care", "electricity_meter": "power_care",
    "presence": "presence_care", "bed_mat": "bed_care", "gas": "gas_care", "sos": "sos_care",
}  # fmt: skip
"""For what a device in a home is there."""
TOGETHER, OF_TOGETHER = "rhythm_care", frozenset({"water_meter", "door_sensor", "electricity_meter", "presence"})
"""The purpose for which all of these are seen together, where a home has them all."""
BATCH = 500
AT_ONCE, CONSENTS_A_STEP = 3, 60
"""So many write down consents at the same time: each waits for the server more than it works."""
YEARS_BUDGET, QUARTERLY, QUARTER = "5", 250, timedelta(days=90)
"""ε for a year, the precision that a release each quarter leaves, and how far one reaches back."""


def staff_passwords(n: Neighbourhood, home: Path) -> dict[str, str]:
    """Passwords of the staff, made on first use and kept in ``keys``, readable by the owner only."""
    path = home / "keys" / "demo-staff.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        fresh = {m.username: "".join(secrets.choice(_LETTERS) for _ in range(14)) for m in n.staff}
        fresh["demo-wall"] = "".join(secrets.choice(_LETTERS) for _ in range(20))
        path.write_text(json.dumps(fresh, indent=1))
    return json.loads(path.read_text())


def founding_task(n: Neighbourhood, passwords: dict[str, str], starts_at: str) -> dict:
    """What the operator's console is told; ``starts_at`` is ISO 8601."""
    people: list[tuple[str, str, str, int, str | None]] = [
        (m.username, m.name, m.role, m.grid, m.phone) for m in n.staff
    ]
    people.append(("demo-wall", "大屏", "wall_display", 0, None))
    return {
        "community": n.code,
        "community_name": n.name,
        "surroundings": n.surroundings,
        "starts_at": starts_at,
        "staff": [
            {
                "username": u,
                "name": name,
                "role": role,
                "grid": grid,
                "phone": phone,
                "password": passwords[u],
            }
            for u, name, role, grid, phone in people
        ],
        "resident": n.personas.resident,
        "resident_phone": n.person_of[n.personas.resident].phone,
        "elder": n.personas.elder,
        "elder_phone": n.person_of[n.personas.elder].phone,
        "daughter_name": n.personas.daughter_name,
        "daughter_phone": n.personas.daughter_phone,
        "guardian": n.personas.guardian,
        "guardian_phone": n.person_of[n.personas.guardian].phone if n.personas.guardian else "",
        "child": n.personas.child,
        "analyst_name": n.personas.analyst_name,
        "analyst_phone": n.personas.analyst_phone,
    }


def import_registry(n: Neighbourhood, director: Caller) -> None:
    """Upload the import files; a second time changes nothing."""
    for template, content in import_files(n):
        director.post(
            "/registry/imports",
            files={"file": (f"{template}.csv", content, "text/csv")},
            data={"template": template, "mode": "all"},
        )


class Places:
    """The platform's numbers for what the plan calls by code, read from the registry's lists."""

    def __init__(self, n: Neighbourhood, director: Caller) -> None:
        estates = {row["id"]: row["code"] for row in director.every("/registry/estates")}
        self.estate = {code: number for number, code in estates.items()}
        self.building: dict[str, int] = {}
        self.entrance: dict[tuple[str, str], int] = {}
        for row in director.every("/registry/buildings"):
            code = f"{estates[row['estate_id']]}-{row['number']}"
            self.building[code] = row["id"]
            for entrance in row["entrances"]:
                self.entrance[code, entrance["number"]] = entrance["id"]
        at_entrance = {(self.entrance[h.building, h.entrance], h.number): h.code for h in n.homes}
        self.home = {
            at_entrance[row["entrance_id"], row["number"]]: row["id"] for row in director.every("/registry/homes")
        }
        self.facility = {row["code"]: row["id"] for row in director.every("/registry/facilities")}
        self.resident = {row["code"]: row["id"] for row in director.every("/registry/residents")}
        self.grid = {row["number"]: row["id"] for row in director.every("/registry/grids")}
        self.home_code = {number: code for code, number in self.home.items()}
        self.resident_code = {number: code for code, number in self.resident.items()}
        self.grid_number = {number: grid for grid, number in self.grid.items()}
        self.facility_code = {number: code for code, number in self.facility.items()}
        self.building_code = {number: code for code, number in self.building.items()}


def give_consents(n: Neighbourhood, places: Places, director: Caller, devices: Sequence[DevicePlan]) -> Iterator[int]:
    """Record the consents that stand behind devices in homes, some at each step (their number); what is given stays given."""

    def give(one: tuple[str, str]) -> None:
        home, purpose = one
        elder = n.household_in[home].members[0]
        director.post(
            "/consents",
            {
                "resident_id": places.resident[elder.code],
                "purpose": purpose,
                "channel": "door",
                "evidence": "上门说明后本人签字",
            },
        )

    wanted = consents_behind(devices)
    with ThreadPoolExecutor(AT_ONCE) as hands:
        for start in range(0, len(wanted), CONSENTS_A_STEP):
            yield len(list(hands.map(give, wanted[start : start + CONSENTS_A_STEP])))


def consents_behind(devices: Sequence[DevicePlan]) -> list[tuple[str, str]]:
    """Home and purpose of each consent without which these devices may not speak."""
    wanted = [(d.home, PURPOSES[d.type]) for d in devices if d.home and d.type in PURPOSES]
    types: dict[str, set[str]] = {}
    for device in devices:
        types.setdefault(device.home, set()).add(device.type)
    return wanted + [(home, TOGETHER) for home, there in types.items() if home and there >= OF_TOGETHER]


def publish_numbers(yesterday: date, director: Caller, worker: Caller) -> None:
    """A worker proposes the last quarter's numbers, the director agrees; what was published before stays.

    Refused where there is nothing to do: the budget is granted, the days are published.
    """
    for step in (
        lambda: director.post("/publishing/budget", {"amount": YEARS_BUDGET}),
        lambda: _propose_and_agree(yesterday, director, worker),
    ):
        try:
            step()
        except Refused as refused:
            if refused.code not in {"granted_already", "overlaps", "one_at_a_time", "budget_spent"}:
                raise


def _propose_and_agree(yesterday: date, director: Caller, worker: Caller) -> None:
    asked = {"first_day": str(yesterday - QUARTER), "last_day": str(yesterday), "share": QUARTERLY}
    proposed = worker.post("/publishing/releases", asked)
    director.post(f"/publishing/releases/{proposed['id']}/approve", {"version": proposed["version"]})


def enrol_devices(places: Places, director: Caller, devices: Sequence[DevicePlan], kept: Path) -> dict[str, str]:
    """Enrol what is not yet enrolled; returns secrets by device code, kept in ``kept`` for the next run."""
    known: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    fresh = [d for d in devices if d.code not in known]
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        try:
            answer = director.post("/devices", [_enrolment(d, places) for d in batch])
        except Refused as refused:
            if refused.code != "device_code_taken":
                raise
            answer = [_enrolled_or_renewed(d, places, director) for d in batch]
        known |= {row["code"]: row["secret"] for row in answer}
        _keep(kept, known)
    return known


def _enrolled_or_renewed(device: DevicePlan, places: Places, director: Caller) -> dict:
    """After a run that was killed between enrolling and keeping the secret."""
    try:
        return director.post("/devices", _enrolment(device, places))
    except Refused as refused:
        if refused.code != "device_code_taken":
            raise
    return director.post(f"/devices/{device.code}/secret")


def _keep(path: Path, secrets_by_code: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(secrets_by_code))
    draft.replace(path)


def _enrolment(device: DevicePlan, places: Places) -> dict:
    row: dict = {"code": device.code, "type": device.type, "name": device.name}
    if device.home:
        row["home_id"] = places.home[device.home]
    elif device.facility:
        row["facility_id"] = places.facility[device.facility]
    elif device.entrance:
        row["entrance_id"] = places.entrance[device.building, device.entrance]
    elif device.building:
        row["building_id"] = places.building[device.building]
    return row
