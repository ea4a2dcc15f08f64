"""The truth: what was planted and how it went, one JSON object a line. Nothing but the simulator's own score reads it."""

from __future__ import annotations

import json
from pathlib import Path

from linli.simulator.incidents.planting import Incident


class TruthFile:
    """``event`` is planted, reported (with the request's and case's number) or ended."""

    def __init__(self, home: Path, seed: int) -> None:
        folder = home / "truth"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"seed-{seed}.ndjson"
        self._file = self.path.open("a", encoding="utf-8")

    def planted(self, incident: Incident) -> None:
        self._write({"event": "planted", **incident.as_row()})

    def reported(self, incident: Incident, *, at: int, request: int, case: str, channel: str) -> None:
        self._write(
            {
                "event": "reported",
                "id": incident.id,
                "at": at,
                "request": request,
                "case": case,
                "channel": channel,
            }
        )

    def ended(self, incident: Incident) -> None:
        self._write({"event": "ended", "id": incident.id, "at": incident.ended_at, "cause": incident.end_cause})

    def close(self) -> None:
        self._file.close()

    def _write(self, row: dict) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()
