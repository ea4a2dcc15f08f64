"""Keys are made on first use, kept in ``LINLI_HOME/keys`` readable by the owner only, and never in the repository."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret_key(home: Path, *, test: bool) -> str:
    """Django's signing key: from ``LINLI_SECRET_KEY``, else from ``keys/django``, else made there."""
    given = os.environ.get("LINLI_SECRET_KEY")
    if given:
        return given
    if test:
        return secrets.token_urlsafe(48)
    return keep(home / "keys" / "django", secrets.token_urlsafe(48))


def keep(path: Path, fresh: str) -> str:
    """The text in ``path``, writing ``fresh`` there first when it does not exist; safe against a parallel start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def replace(path: Path, content: bytes) -> None:
    """Write a file that its owner alone reads, whole or not at all: on disk before this returns."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
