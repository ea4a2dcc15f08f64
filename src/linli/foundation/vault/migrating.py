"""For migrations: sealing a column that stood in plain until now, row by row, in the migration's own transaction."""

from __future__ import annotations

from collections.abc import Callable

from linli.foundation.vault.index import current_index
from linli.foundation.vault.sealing import seal


def sealing(app: str, model: str, column: str, indexes: dict[str, int]) -> Callable:
    """A ``RunPython`` function; ``indexes`` are the blind index columns by the length of the tail they cover."""
    label = f"{app}.{model}.{column}"

    def run(apps, schema_editor) -> None:
        connection = schema_editor.connection
        quote = connection.ops.quote_name
        table = quote(apps.get_model(app, model)._meta.db_table)
        names = ", ".join(f"{quote(name)} = %s" for name in (column, *indexes))
        with connection.cursor() as cursor:
            # Names of our own tables and columns, quoted by the database's own rule.
            cursor.execute(f"SELECT id, {quote(column)} FROM {table} WHERE {quote(column)} <> ''")  # noqa: S608
            for pk, text in cursor.fetchall():
                found = [current_index(label, text, tail) for tail in indexes.values()]
                cursor.execute(f"UPDATE {table} SET {names} WHERE id = %s", [seal(text, label), *found, pk])  # noqa: S608

    return run
