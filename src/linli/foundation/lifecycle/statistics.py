"""What the database knows of how its rows are spread, by which it chooses the index to ask.

PostgreSQL looks by itself (autovacuum). SQLite never does: without this it takes a list of a thousand open cases among a
hundred thousand ended ones for half of the table.
"""

from __future__ import annotations

from django.db import connection

ROWS_AN_INDEX = 1_000
"""Looked at of each index (SQLite's manual, "Approximate ANALYZE"), so that nobody waits for long, however much there is."""


def renew() -> None:
    """Count anew; a connection knows it when it is next opened. Nothing to do on PostgreSQL."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_AN_INDEX}")
        cursor.execute("ANALYZE")
