"""Writing the memories of many detectors at once in plain SQL: Django's own ``bulk_update`` costs more than all the detectors."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from linli.understand.warnings.models import DetectorState


def write_states(states: Sequence[DetectorState]) -> None:
    """Write ``memory`` and ``due_at`` of rows that the caller holds locked."""
    if not states:
        return
    fields = {field.name: field.get_db_prep_save for field in DetectorState._meta.concrete_fields}
    memory, due_at = fields["memory"], fields["due_at"]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE warnings_detectorstate SET memory = %s, due_at = %s WHERE id = %s",
            [(memory(state.memory, connection), due_at(state.due_at, connection), state.pk) for state in states],
        )
