"""Where photos and voices lie: ``LINLI_HOME/files/ab/abcd….jpg``, named by content."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

PHOTO = "jpg"
VOICE = "voice"


def path_of(sha256: str, ending: str = PHOTO) -> Path:
    return settings.LINLI_HOME / "files" / sha256[:2] / f"{sha256}.{ending}"


def keep(sha256: str, data: bytes, ending: str = PHOTO) -> None:
    """Write once, whole or not at all: on disk before this returns."""
    path = path_of(sha256, ending)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with draft.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
