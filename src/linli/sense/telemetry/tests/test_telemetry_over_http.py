import base64
import json

import pytest

from linli.sense.telemetry import publishing
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.models import Device, Quarantined
from linli.sense.telemetry.stream import Message, state
from linli.sense.telemetry.tests.streaming import NOW, messages


@pytest.fixture
def lift(world, director):
    return enrol(NewDevice("lift-9", "lift"), actor=director)


@pytest.fixture
def door(settings, broker):
    """The HTTP door with a message server of its own behind it."""
    settings.LINLI_HOME = broker.home
    publishing.forget_connection()
    yield broker
    publishing.forget_connection()


def send(client, enrolled, said, *, secret=None, query=""):
    credential = base64.b64encode(f"{enrolled.device.code}:{secret or enrolled.secret}".encode()).decode()
    body = said if isinstance(said, bytes) else json.dumps(said)
    return client.post(
        f"/api/v1/observations{query}", body, content_type="application/json",
        headers={"Authorization": f"Basic {credential}"},
    )  # fmt: skip


def test_an_observation_is_answered_once_it_is_in_the_stream(client, lift, door, wire):
    answer = send(client, lift, {"t": NOW, "v": {"floor": 3, "hum": 1}})
    assert answer.status_code == 202
    assert (answer.json()["sequence"], answer.json()["readings"]) == (1, 1)
    assert [one["code"] for one in answer.json()["set_aside"]] == ["unknown_metric"]
    assert state(wire).last == 1


def test_what_cannot_be_used_is_refused_with_the_reason_and_reaches_nothing(client, lift, door, wire):
    for said, status, code in (
        (b"{", 422, "bad_json"),
        ({"t": 0, "v": {"floor": 3}}, 422, "clock_behind"),
        (b" " * 1_000_001, 413, "too_large"),
    ):
        answer = send(client, lift, said)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert send(client, lift, {"t": NOW, "v": {"floor": 3}}, secret="wrong").status_code == 401
    assert state(wire).last == 0


def test_only_a_gateway_speaks_for_another_device(client, director, lift, door, wire):
    gateway = enrol(NewDevice("gw-9", "gateway"), actor=director)
    said = {"t": NOW, "v": {"floor": 3}}
    assert send(client, gateway, said, query="?device=lift-9").status_code == 202
    assert send(client, gateway, said, query="?device=nobody").status_code == 404
    assert send(client, lift, said, query="?device=gw-9").status_code == 403
    assert state(wire).last == 1


def test_when_the_message_server_is_away_it_says_when_to_come_back(client, lift, door):
    said = {"t": NOW, "v": {"floor": 3}}
    assert send(client, lift, said).status_code == 202
    door.stop()
    answer = send(client, lift, said)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    door.start()
    assert send(client, lift, said).status_code == 202


def test_many_devices_are_enrolled_at_once_by_staff_only(client, world, monday_morning):
    new = [{"code": f"m-{n}", "type": "water_meter", "home_id": world.homes[n % 4].pk} for n in range(300)]
    client.force_login(world.accounts["grid_worker"], backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/api/v1/devices", new, content_type="application/json").status_code == 403
    client.force_login(world.accounts["community_director"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/devices", new, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()[7]["topic"] == "linli/mx/m-7/up"
    assert len({one["secret"] for one in answer.json()}) == 300
    with world.scope():
        assert Device.objects.count() == 300


def test_a_quarantined_message_is_replayed_once_and_stored_when_mended(client, world, store, door, wire):
    with world.scope():
        store.store(messages({"t": NOW, "v": {"floor": 3}}, device="later"))
        kept = Quarantined.objects.get()
        enrol(NewDevice("later", "lift"), actor=world.actor("community_director"))
    client.force_login(world.accounts["community_director"], backend="django.contrib.auth.backends.ModelBackend")
    listed = client.get("/api/v1/telemetry/quarantine").json()
    assert (listed["count"], listed["items"][0]["code"]) == (1, "unknown_device")
    again = f"/api/v1/telemetry/quarantine/{kept.pk}/replay"
    assert client.post(again).status_code == 200
    assert client.post(again).status_code == 409
    assert state(wire).last == 1
    assert store.store([Message(2, kept.subject.encode(), bytes(kept.payload), b"")]).accepted == 1
