"""Where copies lie: ``LINLI_HOME/copies/<community>/<random>.zip``, sealed, never under a name that says whose."""

from __future__ import annotations

import os
import re
import secrets
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from linli.foundation.vault.resealing import reseals
from linli.foundation.vault.sealing import FILE_MARK, seal_bytes, unseal_bytes

LABEL = "rights.copy"

_NAME = re.compile(r"\d+/[0-9a-f]{32}\.sealed")


def keep(community_id: int, data: bytes) -> str:
    """Write once, whole or not at all; returns the name by which it is read."""
    name = f"{community_id}/{secrets.token_hex(16)}.sealed"
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, data)
    return name


def read(name: str) -> bytes:
    """The data as it was kept."""
    return unseal_bytes(path_of(name).read_bytes(), LABEL)


def forget(name: str) -> None:
    if name:
        path_of(name).unlink(missing_ok=True)


def forget_others(community_id: int, kept: set[str], *, unnamed_for: timedelta) -> None:
    """Delete a community's files that are not among ``kept`` and have lain longer than ``unnamed_for``."""
    before = time.time() - unnamed_for.total_seconds()
    for path in (settings.LINLI_HOME / "copies" / str(community_id)).glob("*"):
        if f"{community_id}/{path.name}" not in kept and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


@reseals
def reseal(prefix: str) -> int:
    """Seal anew what does not begin with the prefix of the current key; returns how many files."""
    changed = 0
    for path in (settings.LINLI_HOME / "copies").glob("*/*.sealed"):
        sealed = path.read_bytes()
        if not sealed.removeprefix(FILE_MARK).startswith(prefix.encode()):
            _write(path, unseal_bytes(sealed, LABEL))
            changed += 1
    return changed


def path_of(name: str) -> Path:
    """Where it lies; raises :class:`ValueError` for what is no name of a copy."""
    if not _NAME.fullmatch(name):
        raise ValueError("not a name of a copy")
    return settings.LINLI_HOME / "copies" / name


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(seal_bytes(data, LABEL))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
