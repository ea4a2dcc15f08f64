"""Where the keys are kept: a file outside the database, or a key service that speaks HashiCorp Vault's KV v2."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from django.conf import settings

from linli.config.secrets import keep, replace
from linli.foundation.security import outgoing
from linli.foundation.vault.errors import KeysUnavailable
from linli.foundation.vault.ring import Ring

TIMEOUT = 3.0


class Source(Protocol):
    def load(self, *, begin: bool) -> Ring:
        """The ring as it is now; made where there is none and this is the ``begin``ning, because keys that were there and
        are gone must be brought back, never replaced. Raises :class:`KeysUnavailable`."""
        ...

    def save(self, ring: Ring) -> None:
        """Replace the ring; raises :class:`KeysUnavailable`."""
        ...


@dataclass(frozen=True)
class RingFile:
    """``keys/ring.json``, readable by its owner only; made on first use."""

    path: Path

    def load(self, *, begin: bool) -> Ring:
        try:
            text = keep(self.path, json.dumps(Ring.fresh().as_json())) if begin else self.path.read_text()
            return Ring.from_json(json.loads(text))
        except (OSError, ValueError) as error:
            raise KeysUnavailable from error

    def save(self, ring: Ring) -> None:
        try:
            replace(self.path, json.dumps(ring.as_json()).encode())
        except OSError as error:
            raise KeysUnavailable from error


@dataclass(frozen=True)
class KeyService:
    """One secret of a KV v2 engine: ``GET`` and ``POST`` ``…/v1/<mount>/data/<name>`` with ``X-Vault-Token``."""

    url: str
    token: str

    def load(self, *, begin: bool) -> Ring:
        answer = self._call("GET")
        if answer.status == HTTPStatus.NOT_FOUND and begin:
            # Written only while there is none (check-and-set): of two that begin at once both go on with the first's.
            self._call("POST", {"data": Ring.fresh().as_json(), "options": {"cas": 0}})
            answer = self._call("GET")
        if not answer.is_success:
            raise KeysUnavailable
        try:
            return Ring.from_json(answer.json()["data"]["data"])
        except (KeyError, TypeError, ValueError) as error:
            raise KeysUnavailable from error

    def save(self, ring: Ring) -> None:
        if not self._call("POST", {"data": ring.as_json()}).is_success:
            raise KeysUnavailable

    def _call(self, method: str, body: dict | None = None) -> outgoing.Answer:
        try:
            return outgoing.send(
                method, self.url, json=body, headers={"X-Vault-Token": self.token}, operators=True, seconds=TIMEOUT
            )
        except outgoing.NotSent as error:
            raise KeysUnavailable from error


def source() -> Source:
    """What ``LINLI_KEYS`` names: nothing (the file in ``LINLI_HOME``), a path, or the address of a key service."""
    where = settings.LINLI_KEYS
    if where.startswith(("https://", "http://")):
        return KeyService(where, settings.LINLI_KEYS_TOKEN)
    return RingFile(Path(where) if where else settings.LINLI_HOME / "keys" / "ring.json")
