"""Reading the rows of the audit log as they are stored, byte for byte where the database allows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import BinaryField, QuerySet
from django.db.models.functions import Cast

from linli.foundation.events.leaf import StoredRow


def stored_rows(rows: QuerySet, columns: Iterable[str]) -> Iterator[StoredRow]:
    """The columns of ``rows`` as bytes.

    SQLite hands out what is on disk. PostgreSQL keeps values, not texts; there Linli writes the text itself.
    """
    names = tuple(columns)
    if connection.vendor == "sqlite":
        raw = {f"raw_{column}": Cast(column, BinaryField()) for column in names}
        for row in rows.annotate(**raw).values_list(*raw).iterator(chunk_size=2000):
            yield dict(zip(names, row, strict=True))
    else:
        for row in rows.values_list(*names).iterator(chunk_size=2000):
            yield {column: _text(value) for column, value in zip(names, row, strict=True)}


def _text(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None)).encode()
    if isinstance(value, (dict, list)):
        return json.dumps(value).encode()
    return str(value).encode()
