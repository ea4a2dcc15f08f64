"""Writing many small rows at once, in SQL that SQLite and PostgreSQL share but for one idiom each.

The ORM's ``bulk_create`` costs ten times as much for a row as the database itself; at ingest's rate that is most of
a core.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from django.db import connection

Key = tuple[int, str, int]
"""(device, metric, UTC milliseconds)."""

KEYS_A_QUERY = 300


def insert_observations(observations: Sequence[tuple[int, str, int, float]]) -> None:
    """Insert (device, metric, UTC ms, value); a key that is there already is left as it is."""
    if not observations:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "INSERT INTO telemetry_hotobservation (device_id, metric, time, value)"
                " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::float8[])"
                " ON CONFLICT DO NOTHING",
                [list(column) for column in zip(*observations, strict=True)],
            )
        else:
            cursor.executemany(
                "INSERT INTO telemetry_hotobservation (device_id, metric, time, value)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                observations,
            )


def move_last_values(newest: Mapping[tuple[int, str], tuple[int, float]]) -> None:
    """Set the last value of each (device, metric) to (UTC ms, value), never back in time."""
    adapt = connection.ops.adapt_datetimefield_value
    values = [
        (device, metric, adapt(datetime.fromtimestamp(moment / 1000, UTC)), value)
        for (device, metric), (moment, value) in sorted(newest.items())
    ]
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO telemetry_lastvalue (device_id, metric, time, value) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (device_id, metric) DO UPDATE SET time = excluded.time, value = excluded.value"
            " WHERE excluded.time >= telemetry_lastvalue.time",
            values,
        )


def mark_seen(devices: Iterable[int], now: datetime) -> None:
    adapted = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        for some in _chunks(sorted(devices), KEYS_A_QUERY):
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"UPDATE telemetry_device SET last_seen_at = %s WHERE id IN ({marks})",  # noqa: S608
                [adapted, *some],
            )


def already_hot(keys: Iterable[Key]) -> set[Key]:
    """Which of ``keys`` are among the observations that are not sealed yet."""
    found: set[Key] = set()
    with connection.cursor() as cursor:
        for some in _chunks(sorted(keys), KEYS_A_QUERY):
            marks = ", ".join(["(%s, %s, %s)"] * len(some))
            cursor.execute(
                "SELECT device_id, metric, time FROM telemetry_hotobservation"  # noqa: S608
                f" WHERE (device_id, metric, time) IN (VALUES {marks})",
                [part for key in some for part in key],
            )
            found.update(cursor.fetchall())
    return found


def oldest_keys(most: int) -> list[tuple[int, str, int, float]]:
    """At most ``most`` hot observations in the order of their key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT device_id, metric, time, value FROM telemetry_hotobservation"
            " ORDER BY device_id, metric, time LIMIT %s",
            [most],
        )
        return cursor.fetchall()


def delete_through(key: Key) -> int:
    """Delete hot observations up to and including ``key``; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM telemetry_hotobservation WHERE (device_id, metric, time) <= (%s, %s, %s)", key)
        return cursor.rowcount


def _chunks(items: Sequence, size: int) -> Iterator[list]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
