from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    """Rate limits count across all processes, so their cache is a table."""
    call_command("createcachetable", verbosity=0, database=schema_editor.connection.alias)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS shared_cache")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
