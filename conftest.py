import pytest
from hypothesis import HealthCheck, settings

from linli.foundation import clock

# How long an example takes says something of the machine and of who else works on it, not of what is tested.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """On disk, as in a real instance: pages, ingest and the test each have a connection of their own, and in memory SQLite
    refuses to read what another is writing instead of waiting for it. No test cuts the power, so nothing waits for the disk."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = tmp_path_factory.mktemp("db") / "tests.sqlite3"
        database["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def tables(django_db_modify_db_settings):
    from django.db import connection

    from linli.testing_tables import laid_into

    if connection.vendor != "sqlite":
        yield
        return
    with laid_into(connection.creation):
        yield


@pytest.fixture(scope="session")
def django_db_setup(tables, django_db_setup):
    """The test database begins with its tables; see ``linli.testing_tables``."""


@pytest.fixture(autouse=True)
def categories_as_shipped():
    """What one test changed in a community's categories, no other remembers."""
    from linli.understand.triage.own_categories import forget

    forget()


@pytest.fixture
def world(db):
    """A small community; see ``linli.testing.SmallCommunity``."""
    from linli.testing import build_community

    return build_community("mx", serial=1)


@pytest.fixture
def other_world(db):
    """Another community of the same shape: what happens there must stay there."""
    from linli.testing import build_community

    return build_community("other", serial=2, name="邻村社区")


@pytest.fixture
def monday_morning():
    """Hold the clock at Monday 2 March 2026, 09:00 in Hangzhou."""
    from linli.testing import MONDAY_MORNING

    with clock.frozen(MONDAY_MORNING):
        yield MONDAY_MORNING
