"""The pages that erased rows leave behind, overwritten.

SQLite's ``secure_delete`` (on for every connection, ``config/settings.py``) overwrites a row as it goes, but not the
copy that stays in a page's free space when rows were moved between pages: of 6,000 deleted rows about six were still
found in the file. ``VACUUM`` writes the file anew, without any; it takes about a second for 200 MB (measured; writers
wait that long and go on), so it runs right after an erasure, and above :data:`SMALL` only in the quiet hours. The
write-ahead log is cut to nothing after it.

PostgreSQL: ``VACUUM FULL`` of every table, and its own write-ahead log expires with its archive.
What a file system or a disk keeps of a deleted file is beyond a program's reach: encrypt the disk.
"""

from __future__ import annotations

import logging
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, connection
from django.utils import timezone

from linli.foundation import clock

log = logging.getLogger(__name__)

SMALL = 512 << 20
"""Bytes up to which the file is written anew at any hour."""
QUIET_HOURS = range(1, 5)


def overwrite(*, whatever_the_size: bool = False) -> bool:
    """Write the database's files anew; False when it must wait for the quiet hours, or for a long reader.

    Does nothing, and says yes, inside a transaction: only tests erase in one.
    """
    if connection.in_atomic_block:
        return True
    try:
        return _sqlite(whatever_the_size) if connection.vendor == "sqlite" else _postgresql(whatever_the_size)
    except DatabaseError:
        log.warning("the freed pages could not be overwritten now", exc_info=True)
        return False


def _sqlite(whatever_the_size: bool) -> bool:
    path = Path(str(connection.settings_dict["NAME"]))
    if path.is_file() and path.stat().st_size > SMALL and not (whatever_the_size or _quiet()):
        return False
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return cut_log()


def cut_log() -> bool:
    """Bring the write-ahead log into the file and cut it to nothing; False while a reader still needs it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = cursor.fetchone()
    return not busy


def _postgresql(whatever_the_size: bool) -> bool:
    if not (whatever_the_size or _quiet()):
        return False
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"VACUUM FULL {connection.ops.quote_name(model._meta.db_table)}")
    return True


def _quiet() -> bool:
    return timezone.localtime(clock.now()).hour in QUIET_HOURS
