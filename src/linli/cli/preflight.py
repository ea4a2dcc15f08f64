"""What must be true before a process starts: each check raises :class:`NotReady` in plain words, with what to do."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

LEAST_FREE_BYTES = 200 * 1024 * 1024


class NotReady(RuntimeError):
    """Cannot start; ``remedy`` is what the person should do."""

    def __init__(self, trouble: str, remedy: str):
        super().__init__(f"{trouble}. {remedy}.")
        self.trouble = trouble
        self.remedy = remedy


def require_writable(home: Path) -> None:
    probe = home / f".write-test.{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.touch()
    except OSError as error:
        raise NotReady(
            f"{home} cannot be written: {error.strerror}", "Choose another --home or mend its owner"
        ) from error
    finally:
        probe.unlink(missing_ok=True)


def require_space(home: Path, least: int = LEAST_FREE_BYTES) -> None:
    free = shutil.disk_usage(home).free
    if free < least:
        raise NotReady(
            f"only {free // 1024**2} MB are free on the disk of {home}, {least // 1024**2} MB are needed",
            "Free some space, then start again",
        )


def require_free_port(host: str, port: int) -> None:
    """``port`` 0 means any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise NotReady(
                f"port {port} on {host} cannot be used: {getattr(error, 'strerror', None) or error}",
                "Stop what uses it, or choose another with --port",
            ) from error


def require_migrated() -> None:
    waiting = unapplied_migrations()
    if waiting:
        raise NotReady(f"{len(waiting)} database migrations are not applied", "Run 'linli admin migrate'")


def require_front_end() -> None:
    if not front_end_built():
        raise NotReady(
            "the front end is not built, pages would come without style",
            "Run 'make setup' in a clone, or install the wheel, which brings it",
        )


def unapplied_migrations() -> list[str]:
    """``app.name`` of each; raises :class:`NotReady` when the database cannot be reached."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        raise NotReady(
            f"the database cannot be reached: {str(error).strip().splitlines()[0]}",
            "Check LINLI_DATABASE_URL and that the server runs",
        ) from error
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def front_end_built() -> bool:
    from linli.faces.kit.assets import BUILT

    return any(BUILT.glob("*.css")) and any(BUILT.glob("*.js"))
