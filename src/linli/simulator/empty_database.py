"""An empty database with all its tables, made once and copied: migrating anew takes most of a demo's start.

Kept in the user's own cache folder under a name that says which migrations made it. It holds no row about anybody and
no secret; whoever removes it loses nothing but time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

KEPT = 4
"""So many, for whoever works on several branches in turn."""


def kept_at() -> Path:
    """Where the empty database of the present migrations is, or would be."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "linli" / f"empty-{_digest()}.sqlite3"


def lay(database: Path) -> bool:
    """Put the empty database at ``database`` if one is kept and nothing is there; whether that was done."""
    kept = kept_at()
    if not kept.exists() or _is_there(database):
        return False
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, database)
    return True


def keep(database: Path) -> None:
    """Keep a copy of the freshly migrated ``database`` for the next time, and drop the oldest of other migrations.

    A cache that cannot be written costs time and nothing else.
    """
    kept = kept_at()
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=kept.parent, prefix="draft-")
        os.close(handle)
        with contextlib.closing(sqlite3.connect(database)) as made, contextlib.closing(sqlite3.connect(draft)) as copy:
            made.backup(copy)
        Path(draft).replace(kept)
        by_age = sorted(kept.parent.glob("empty-*.sqlite3"), key=lambda one: one.stat().st_mtime, reverse=True)
        for outdated in by_age[KEPT:]:
            outdated.unlink(missing_ok=True)


def _is_there(database: Path) -> bool:
    return database.exists() and database.stat().st_size > 0


def _digest() -> str:
    """Of every installed migration, and of what turns them into tables."""
    import django
    from django.apps import apps

    made_of = hashlib.sha256(f"{django.get_version()} {sqlite3.sqlite_version}".encode())
    for app in apps.get_app_configs():
        made_of.update(app.label.encode())
        for file in sorted(Path(app.path, "migrations").glob("*.py")):
            made_of.update(file.name.encode() + b"\0" + file.read_bytes())
    return made_of.hexdigest()[:24]
