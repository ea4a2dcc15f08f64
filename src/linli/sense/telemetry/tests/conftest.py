import pytest

from linli.sense.telemetry.broker import Broker, service_address_of
from linli.sense.telemetry.wire import Connection


@pytest.fixture
def broker(tmp_path):
    """A real message server of its own on free ports."""
    with Broker(tmp_path, sync_always=False) as running:
        yield running


@pytest.fixture
def wire(broker):
    """A service connection to the message server."""
    connection = Connection(service_address_of(broker), name="test")
    yield connection
    connection.close()
