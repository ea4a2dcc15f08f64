"""A folder of sealed files that are written whole or not at all, under names that tell nothing."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from linli.foundation.vault.errors import Unreadable
from linli.foundation.vault.resealing import reseals
from linli.foundation.vault.sealing import FILE_MARK, seal_bytes, unseal_bytes

log = logging.getLogger(__name__)

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
        path = self.path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(path, data)
        return name

    def read(self, name: str) -> bytes:
        """Raises :class:`FileNotFoundError`, :class:`ValueError`, and what unsealing raises."""
        return unseal_bytes(self.path_of(name).read_bytes(), self.label)

    def forget(self, name: str) -> None:
        if name:
            with self._alone():
                self.path_of(name).unlink(missing_ok=True)

    def forget_others(self, community_id: int, kept: set[str], *, unnamed_for: timedelta) -> None:
        """Delete a community's files that are not among ``kept`` and have lain longer than ``unnamed_for``."""
        before = time.time() - unnamed_for.total_seconds()
        with self._alone():
            for path in (settings.LINLI_HOME / self.folder / str(community_id)).glob("*"):
                if f"{community_id}/{path.name}" not in kept and path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)

    def reseal(self, prefix: str) -> int:
        """Seal anew what does not begin with the prefix of the current key; returns how many files.

        What is forgotten meanwhile stays forgotten: writing it anew would bring it back.
        """
        changed = 0
        for path in (settings.LINLI_HOME / self.folder).glob("*/*.sealed"):
            with self._alone():
                changed += path.exists() and self._reseal_one(path, prefix)
        return changed

    def _reseal_one(self, path: Path, prefix: str) -> bool:
        sealed = path.read_bytes()
        if sealed.removeprefix(FILE_MARK).startswith(prefix.encode()):
            return False
        try:
            data = unseal_bytes(sealed, self.label)
        except Unreadable as broken:
            log.error("%s cannot be opened: %s", path, broken.why)
            return False
        self._write(path, data)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Across processes: forgetting and sealing anew take turns."""
        folder = settings.LINLI_HOME / self.folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / "turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def path_of(self, name: str) -> Path:
        """Where it lies; raises :class:`ValueError` for what is no name of a sealed file."""
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
