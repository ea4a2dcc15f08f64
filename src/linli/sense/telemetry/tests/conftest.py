import pytest

from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.broker import Broker, service_address_of
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.storing import Store
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


@pytest.fixture
def director(world, monday_morning):
    with world.scope():
        yield world.actor("community_director")


@pytest.fixture
def store(tmp_path, director):
    for code, type_ in (("lift-1", "lift"), ("w-1", "water_meter"), ("s-1", "series")):
        enrol(NewDevice(code, type_), actor=director)
    store = Store(Lake(tmp_path / "lake"))
    store.open("first")
    return store
