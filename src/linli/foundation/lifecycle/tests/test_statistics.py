import pytest
from django.db import connection

from linli.foundation.lifecycle import statistics

pytestmark = pytest.mark.django_db


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts by itself")
def test_sqlite_knows_how_its_rows_are_spread_once_it_has_counted(world):
    statistics.renew()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'registry_building'")
        known = cursor.fetchall()
    with world.scope():
        assert known and all(int(stat.split()[0]) == len(world.buildings) for (stat,) in known)
