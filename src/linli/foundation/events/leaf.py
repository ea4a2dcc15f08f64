"""Stored rows of the audit log as values, and an event as the bytes that the log hashes. Pure.

A stored row is read as the text of each column. The leaf covers the *values* in one canonical form, so that a log
moved to another database still verifies; a text that is not the one way Linli writes its value (a tab for a space in
JSON, a ``T`` in a time stamp) is refused as well, so that no byte of a row can change unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from linli.foundation.events.merkle import leaf_hash

StoredRow = Mapping[str, bytes | None]
Reader = Callable[[str], Any]


class Unreadable(ValueError):
    """A column holds what Linli never writes."""


def integer(text: str) -> int:
    return _as_written(int(text), text, str)


def moment(text: str) -> str:
    """Naive UTC as stored, to ISO text with microseconds."""
    return _as_written(datetime.fromisoformat(text), text, str).isoformat(timespec="microseconds")


def day(text: str) -> str:
    return _as_written(date.fromisoformat(text), text, str).isoformat()


def json_value(text: str) -> Any:
    return _as_written(json.loads(text), text, json.dumps)


EVENT: dict[str, Reader] = {
    "id": integer,
    "community_id": integer,
    "kind": str,
    "subject": str,
    "actor": str,
    "happened_at": moment,
    "data": json_value,
    "position": integer,
}


def values(row: StoredRow, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Column values. Raises :class:`Unreadable`, naming the column."""
    return {column: _value(column, row[column], read) for column, read in readers.items()}


def hash_of(event: Mapping[str, Any]) -> bytes:
    """Leaf hash of the values of an event."""
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return leaf_hash(canonical.encode())


def _value(column: str, stored: bytes | None, read: Reader) -> Any:
    if stored is None:
        return None
    try:
        return read(stored.decode())
    except (ValueError, RecursionError) as error:
        raise Unreadable(column) from error


def _as_written(value: Any, text: str, write: Callable[[Any], str]) -> Any:
    if write(value) != text:
        raise ValueError(text)
    return value
