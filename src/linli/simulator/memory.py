"""What the simulator must remember from one run to the next: what is going on, who said what, where meters stand."""

from __future__ import annotations

from typing import Any

from linli.simulator.incidents.planting import Incident, Report
from linli.simulator.life import Life


def remember(life: Life, state: dict[str, Any]) -> None:
    """Write into ``state`` (JSON) what :func:`recall` needs."""
    state["ongoing"] = [i.as_row() for i in life.ongoing.values()]
    state["speaker_of"] = {str(k): v for k, v in life.speaker_of.items()}
    state["incident_of"] = {str(k): v for k, v in life.incident_of.items()}
    state["incidents_of_case"] = {str(k): sorted(v) for k, v in life.incidents_of_case.items()}
    if life.instruments is not None:
        state["meters"] = life.instruments.memory()


def recall(life: Life, state: dict[str, Any]) -> None:
    """Take up what an earlier run left: incidents that were going on go on."""
    life.speaker_of = {int(k): v for k, v in state.get("speaker_of", {}).items()}
    life.incident_of = {int(k): v for k, v in state.get("incident_of", {}).items()}
    life.incidents_of_case = {int(k): set(v) for k, v in state.get("incidents_of_case", {}).items()}
    for row in state.get("ongoing", []):
        life.resume(Incident(**{**row, "reports": [Report(**r) for r in row["reports"]]}))
