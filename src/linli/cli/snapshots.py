"""One moment of the database, while others go on writing: SQLite's online backup, or ``pg_dump`` of an exported
snapshot. What the moment holds is counted from the same moment, so that a restore can be compared with it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAKE_TABLE = "telemetry_lakefile"
SQLITE_NAME = "linli.sqlite3"
PG_DUMP_NAME = "linli.pgdump"


class SnapshotFailed(RuntimeError):
    """The database cannot be copied or put back; the message says why and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """``counts`` is rows a table; ``lake`` is (path under the lake, SHA-256) of each file in the lake's manifest."""

    path: Path
    name: str
    counts: dict[str, int]
    lake: list[tuple[str, str]]


@contextmanager
def snapshot(database: dict[str, Any], folder: Path) -> Iterator[Snapshot]:
    """A snapshot file in ``folder``, which is removed afterwards."""
    if database["ENGINE"].endswith("sqlite3"):
        path = folder / SQLITE_NAME
        _copy_sqlite(Path(database["NAME"]), path)
        with closing(sqlite3.connect(path)) as copy:
            found = Snapshot(path, SQLITE_NAME, *_facts(copy.cursor()))
    else:
        path = folder / PG_DUMP_NAME
        found = Snapshot(path, PG_DUMP_NAME, *_dump_postgresql(database, path))
    try:
        yield found
    finally:
        path.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    """In one step, so that a writer cannot make it start again; readers of a WAL database do not hold up writers."""
    if not source.exists():
        raise SnapshotFailed(f"there is no database at {source}")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.close(descriptor)
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=30)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")


def _dump_postgresql(database: dict[str, Any], target: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        exported = cursor.fetchone()[0]
        run_postgresql(
            "pg_dump", database, f"--snapshot={exported}", "--format=custom", "--no-owner", f"--file={target}"
        )
        target.chmod(0o600)
        return _facts(cursor, postgresql=True)


def run_postgresql(program: str, database: dict[str, Any], *arguments: str) -> None:
    """Run pg_dump or pg_restore; raises :class:`SnapshotFailed` when it is missing, too old, or fails."""
    found = shutil.which(program)
    if not found:
        raise SnapshotFailed(
            f"{program} was not found: install the PostgreSQL client (Debian: apt install postgresql-client)"
        )
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    given = {name: str(database[key]) for name, key in names.items() if database.get(key)}
    target = ["--dbname", str(database["NAME"])] if program == "pg_restore" else []
    done = subprocess.run(
        [found, *target, *arguments], env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SnapshotFailed(f"{program} failed: {done.stderr.strip()[-500:]}")


def _facts(cursor, *, postgresql: bool = False) -> tuple[dict[str, int], list[tuple[str, str]]]:
    counts = count_rows(cursor, postgresql=postgresql)
    lake: list[tuple[str, str]] = []
    if LAKE_TABLE in counts:
        cursor.execute(f"SELECT path, sha256 FROM {LAKE_TABLE} ORDER BY path")  # noqa: S608
        lake = list(cursor.fetchall())
    return counts, lake


def count_rows(cursor, *, postgresql: bool) -> dict[str, int]:
    """Rows of each table."""
    if postgresql:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608
        counts[table] = cursor.fetchone()[0]
    return counts
