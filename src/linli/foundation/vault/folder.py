"""A folder of sealed files that are written whole or not at all, under names that tell nothing."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from linli.foundation.vault.resealing import reseals
from linli.foundation.vault.sealing import FILE_MARK, seal_bytes, unseal_bytes

_NAME = re.compile(r"\d+/[0-9a-f]{32}\.sealed")


@dataclass(frozen=True)
class SealedFolder:
    """``LINLI_HOME/<folder>/<community>/<random>.sealed``; ``label`` is what the seals are bound to."""

    folder: str
    label: str

    def __post_init__(self) -> None:
        reseals(self.reseal)

    def keep(self, community_id: int, data: bytes) -> str:
        """The name by which it is read."""
        name = f"{community_id}/{secrets.token_hex(16)}.sealed"
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(path, data)
        return name

    def read(self, name: str) -> bytes:
        """Raises :class:`FileNotFoundError`, :class:`ValueError`, and what unsealing raises."""
        return unseal_bytes(self._path(name).read_bytes(), self.label)

    def forget(self, name: str) -> None:
        if name:
            self._path(name).unlink(missing_ok=True)

    def reseal(self, prefix: str) -> int:
        """Seal anew what does not begin with the prefix of the current key; returns how many files."""
        changed = 0
        for path in (settings.LINLI_HOME / self.folder).glob("*/*.sealed"):
            sealed = path.read_bytes()
            if not sealed.removeprefix(FILE_MARK).startswith(prefix.encode()):
                self._write(path, unseal_bytes(sealed, self.label))
                changed += 1
        return changed

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not a name of a sealed file")
        return settings.LINLI_HOME / self.folder / name

    def _write(self, path: Path, data: bytes) -> None:
        draft = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(seal_bytes(data, self.label))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
