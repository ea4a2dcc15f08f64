"""The simulated people's telephones: the file that stands for the network's delivery of text messages."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_ERRAND = re.compile(r"/e/([^\s/?#，。]+)")


class Telephones:
    """Reads ``phones/outbox.ndjson`` from where it stood when this was made."""

    def __init__(self, home: Path) -> None:
        self._path = home / "phones" / "outbox.ndjson"
        self._offset = self._path.stat().st_size if self._path.exists() else 0
        self._newest: dict[str, str] = {}
        self._errands: list[tuple[str, str]] = []

    def code_for(self, phone: str, *, seconds: float = 10.0) -> str:
        """The one-time code that arrives on ``phone``; raises :class:`TimeoutError`. A code is read once."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read()
            if phone in self._newest:
                return self._newest.pop(phone)
            time.sleep(0.02)
        raise TimeoutError("no code arrived on the phone")

    def errands(self) -> list[tuple[str, str]]:
        """Telephone and link token of each task that has come since the last call: for a unit without an account."""
        self._read()
        come, self._errands = self._errands, []
        return come

    def _read(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                message = json.loads(line)
                if message.get("about") == "sign_in" and (code := _CODE.search(message["text"])):
                    self._newest[message["to"]] = code.group()
                elif link := _ERRAND.search(message["text"]):
                    self._errands.append((message["to"], link[1]))
