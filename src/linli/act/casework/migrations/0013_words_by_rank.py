from django.db import migrations

POSTGRESQL = (
    "CREATE INDEX casework_words_titled ON casework_casewords USING gin (to_tsvector('simple', title))",
    "CREATE INDEX casework_words_spoken ON casework_casewords USING gin (to_tsvector('simple', title || ' ' || said))",
)
POSTGRESQL_BACK = ("DROP INDEX casework_words_titled", "DROP INDEX casework_words_spoken")


def make_indexes(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


def drop_indexes(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        for statement in POSTGRESQL_BACK:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("casework", "0012_finding_the_few")]

    operations = [migrations.RunPython(make_indexes, drop_indexes)]
