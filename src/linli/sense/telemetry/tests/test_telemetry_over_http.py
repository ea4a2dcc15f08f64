import base64
import json

import pytest

from linli.foundation.privacy.sensing.actions import withdraw
from linli.sense.telemetry import publishing
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.models import Device, Quarantined, Withheld
from linli.sense.telemetry.stream import STREAM, Message, call, ensure_stream, state, subject_of
from linli.sense.telemetry.tests.streaming import NOW, messages
from linli.testing import camera_at


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


@pytest.fixture
def camera(world, director):
    made = world.put_in_force(camera_at(world.estate))
    return made, enrol(NewDevice("cam-9", "camera", building_id=world.buildings[0].pk), actor=director)


def test_a_camera_sends_counts_and_nothing_else_gets_past_the_door(client, camera, door, wire):
    _, eye = camera
    assert send(client, eye, {"t": NOW, "v": {"people@gate": 4}}).status_code == 202
    for said, code in (
        (b"\xff\xd8\xff\xe0" + bytes(300), "picture"),
        ({"t": NOW, "v": {"people@gate": 4}, "image": "A" * 300}, "picture"),
        ({"t": NOW, "v": {"people@homes": 1}}, "masked_zone"),
        ({"t": NOW, "v": {"people@gate": 4}, "note": "x"}, "bad_shape"),
    ):
        answer = send(client, eye, said)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert state(wire).last == 1
    assert not Quarantined.objects.exists()
    assert set(Withheld.objects.values_list("reason", flat=True)) == {"picture", "masked_zone", "bad_shape"}


def test_a_camera_reads_where_it_must_not_look_and_is_sent_away_once_it_is_not_declared(
    client, camera, director, door, wire
):
    made, eye = camera
    credential = base64.b64encode(f"cam-9:{eye.secret}".encode()).decode()
    view = client.get("/api/v1/observations/view", headers={"Authorization": f"Basic {credential}"})
    assert view.json()["metrics"] == ["fire", "people"]
    assert {zone["key"]: zone["masked"] for zone in view.json()["zones"]} == {"gate": False, "homes": True}
    withdraw(made.pk, "换位置", actor=director)
    answer = send(client, eye, {"t": NOW, "v": {"people@gate": 4}})
    assert (answer.status_code, answer.json()["code"]) == (403, "undeclared")
    assert client.get("/api/v1/observations/view", headers={"Authorization": f"Basic {credential}"}).status_code == 403
    assert state(wire).last == 0


def test_other_devices_send_no_pictures_either(client, lift, door, wire):
    answer = send(client, lift, {"t": NOW, "v": {"floor": 3}, "photo": "A" * 300})
    assert (answer.status_code, answer.json()["code"]) == (422, "picture")
    assert state(wire).last == 0


def test_a_picture_that_reached_the_stream_is_gone_from_it_when_its_batch_is_stored(camera, broker, wire, tmp_path):
    ensure_stream(wire)
    picture = b"\xff\xd8\xff\xe0" + b"SECRETPIXELS" * 30
    for payload in (
        b'{"t": %d, "v": {"people@gate": 1}}' % NOW,
        picture,
        b'{"t": %d, "v": {"people@gate": 2}}' % (NOW + 1),
    ):
        wire.request(subject_of("mx", "cam-9"), payload)
    ingest = Ingest(broker.home, say=lambda words: None)
    ingest.run(until=3)
    assert (ingest.counts.accepted, ingest.counts.withheld) == (2, 1)
    left = call(wire, f"STREAM.INFO.{STREAM}")["state"]
    assert (left["messages"], left.get("num_deleted")) == (2, 1)
    kept = b"".join(file.read_bytes() for file in broker.home.rglob("*") if file.is_file())
    assert b"SECRETPIXELS" not in kept
