"""The FROST client, which knows nothing of Linli, reads the service over HTTP (LGPL: in tests only)."""

import frost_sta_client as fsc
import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(open_world, live_server):
    return fsc.SensorThingsService(f"{live_server.url}/sensorthings/mx/v1.1")


def test_it_lists_things_and_follows_pages(client):
    things = client.things().query().orderby("name").top(1).list()
    assert sorted(str(thing.id) for thing in things) == ["LIFT-1", "LIFT-2", "POST-1", "POST-2"]


def test_it_finds_one_and_reads_its_series(client):
    thing = client.things().find("LIFT-1")
    assert thing.name == "一号电梯"
    streams = {stream.id: stream for stream in thing.get_datastreams().query().list()}
    vibration = streams["LIFT-1:vibration"]
    assert vibration.unit_of_measurement.symbol == "m/s2"
    observations = (
        vibration.get_observations().query().filter("result gt 0.17").orderby("phenomenonTime", "desc").list()
    )
    assert [one.result for one in observations] == [0.19, 0.18]
    assert observations.entities[0].phenomenon_time == "2026-03-02T01:19:00.000Z"


def test_it_reads_what_is_expanded(client):
    found = (
        client.datastreams().query().filter("id eq 'POST-1:temperature'").expand("Thing,Observations($top=2)").list()
    )
    (stream,) = found.entities
    assert stream.thing.id == "POST-1"
    assert [one.result for one in stream.observations.entities] == [29.0, 28.0]


def test_it_reads_every_kind_of_entity(client):
    for kind in ("locations", "historical_locations", "sensors", "observed_properties", "features_of_interest"):
        (first, *_rest) = getattr(client, kind)().query().list().entities
        assert getattr(client, kind)().find(first.id).id == first.id
