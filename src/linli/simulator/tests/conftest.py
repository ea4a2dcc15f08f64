import pytest


@pytest.fixture(scope="module", autouse=True)
def embedded_database():
    """A throw-away instance brings its own database; the suite's server would hand one instance's rows to the next.

    Real processes on PostgreSQL are walked by ``tests/crash/test_whole_instance.py``, each on a database of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LINLI_DATABASE_URL", raising=False)
        yield
