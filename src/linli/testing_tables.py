"""The tables of a new database, made once by the migrations and copied from then on: making them takes a quarter of a minute.

The copy is kept by what makes the tables, so a changed migration is run anew. PostgreSQL runs its migrations itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import django
from django.apps import apps

SOURCE = Path(__file__).resolve().parent
KEPT = SOURCE.parents[1] / "var" / "tables"
CALLED_BY_MIGRATIONS = ("foundation/vault/*.py", "config/*.py")
"""Our own code that migrations import, and the settings they are run with."""


def migrated() -> Path:
    """A SQLite file that every migration has run on, in no home; to be copied, never to be written to."""
    found = KEPT / f"{_digest()}.sqlite3"
    if found.exists():
        return found
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            for older in KEPT.glob("*.sqlite3"):
                older.unlink()
            _make(found)
    return found


def lay_into(home: Path) -> None:
    """Give a new home a migrated database; where the tests run on PostgreSQL there is nothing to lay."""
    if os.environ.get("LINLI_DATABASE_URL"):
        return
    home.mkdir(parents=True, exist_ok=True)
    place = home / "linli.sqlite3"
    if place.exists():
        raise FileExistsError(place)
    shutil.copyfile(migrated(), place)


@contextmanager
def laid_into(creation) -> Iterator[None]:
    """While this lasts, a test database that ``creation`` makes, in a file, begins with the tables."""
    make = creation._create_test_db

    def made(verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name = make(verbosity, autoclobber, keepdb)
        shutil.copyfile(migrated(), name)
        return name

    creation._create_test_db = made
    try:
        yield
    finally:
        creation._create_test_db = make


def _make(place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        home, whole = Path(folder) / "home", Path(folder) / "whole"
        home.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "-v0"],
            env=kept | {
                "LINLI_HOME": str(home), "LINLI_MODE": "test", "DJANGO_SETTINGS_MODULE": "linli.config.settings",
                "PYTHONPATH": str(SOURCE.parent),
            },
            check=True,
        )  # fmt: skip
        with closing(sqlite3.connect(home / "linli.sqlite3")) as tables:
            tables.execute("VACUUM INTO ?", [str(whole)])
        whole.rename(place)


def _digest() -> str:
    told = hashlib.sha256(f"{django.__version__} {sqlite3.sqlite_version}".encode())
    files = [file for pattern in CALLED_BY_MIGRATIONS for file in SOURCE.glob(pattern)]
    for app in apps.get_app_configs():
        files += (Path(app.path) / "migrations").glob("*.py")
    for file in sorted(files):
        told.update(f"{file}\0".encode() + file.read_bytes())
    return told.hexdigest()[:16]
