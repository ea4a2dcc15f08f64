import pytest

from linli.foundation import clock


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
