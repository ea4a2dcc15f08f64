"""A camera says counts by zone. Pictures, in whatever dress, reach no table, no lake and do not stay in the stream."""

import base64
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.sensing import actions
from linli.sense.telemetry.actions import NewDevice, enrol, revoke
from linli.sense.telemetry.counting import count, pictured
from linli.sense.telemetry.decoding import Span
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, HotObservation, IngestCursor, Quarantined, Withheld
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.tests.streaming import NOW, messages
from linli.testing import camera_at

NOISE = random.Random(7).randbytes(3000)
ENCODED = base64.b64encode(NOISE).decode()
PICTURES = {
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + NOISE,
    "png": b"\x89PNG\r\n\x1a\n" + NOISE,
    "mp4": b"\x00\x00\x00\x18ftypisom" + NOISE,
    "h264": b"\x00\x00\x00\x01\x67" + NOISE,
    "webp": b"RIFF\x10\x20\x00\x00WEBPVP8 " + NOISE,
    "raw bytes": NOISE,
    "base64": ENCODED.encode(),
    "data url": json.dumps({"t": NOW, "v": {"people@gate": 1}, "i": f"data:image/png;base64,{ENCODED[:80]}"}).encode(),
    "in a field beside the counts": json.dumps({"t": NOW, "v": {"people@gate": 1}, "image": ENCODED}).encode(),
    "in place of a number": json.dumps({"t": NOW, "v": {"people@gate": ENCODED}}).encode(),
    "in the name of a metric": json.dumps({"t": NOW, "v": {ENCODED: 1}}).encode(),
    "as the time": json.dumps({"t": ENCODED, "v": {"people@gate": 1}}).encode(),
    "as hexadecimal": json.dumps({"t": NOW, "v": {"people@gate": 1}, "x": NOISE.hex(" ")}).encode(),
    "as pixels": json.dumps({"t": NOW, "v": {"people@gate": 1}, "x": list(NOISE)}).encode(),
    "as a bare list of pixels": json.dumps(list(NOISE)).encode(),
    "cut into short strings": json.dumps(
        {"t": NOW, "v": {f"{ENCODED[n : n + 40]}": 1 for n in range(0, 4000, 40)}}
    ).encode(),
}
TRACES = [NOISE[:40], ENCODED[:40].encode(), NOISE[:20].hex(" ").encode()]


@pytest.fixture
def camera(world, director, tmp_path):
    made = world.put_in_force(camera_at(world.estate))
    enrol(NewDevice("cam-1", "camera", building_id=world.buildings[0].pk), actor=director)
    store = Store(Lake(tmp_path / "lake"))
    store.open("first")
    erased: list[int] = []
    store.erase = erased.extend
    return made, store, erased


def nothing_of_it_is_kept():
    for row in Quarantined.objects.all():
        assert bytes(row.payload) == b""
        for trace in TRACES:
            assert trace not in json.dumps([row.detail, row.part, row.subject]).encode()
    return not HotObservation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_refused_counted_and_taken_out_of_the_stream(camera, picture):
    _, store, erased = camera
    counts = store.store(messages(picture, device="cam-1"))
    assert counts.accepted == 0
    assert counts.withheld >= 1
    assert nothing_of_it_is_kept()
    assert not Quarantined.objects.exists()
    assert erased == [1]
    assert sum(Withheld.objects.values_list("times", flat=True)) == counts.withheld
    assert IngestCursor.objects.get().withheld == counts.withheld


@pytest.mark.django_db
@pytest.mark.parametrize("picture", [PICTURES["jpeg"], PICTURES["in a field beside the counts"]])
def test_nor_is_it_set_aside_from_a_camera_that_is_revoked_undeclared_or_unknown(camera, director, picture):
    made, store, erased = camera
    actions.withdraw(made.pk, "拆了", actor=director)
    store.store(messages(picture, device="cam-1"))
    revoke(Device.objects.get(code="cam-1"), actor=director)
    again = Store(store._lake)
    again.open("first")
    again.erase = erased.extend
    again.store(messages(picture, device="cam-1", since=2))
    again.store(messages(picture, device="nobody", since=3))
    assert erased == [1, 2, 3]
    assert nothing_of_it_is_kept()
    assert [row.code for row in Quarantined.objects.order_by("sequence")] == ["picture", "picture"]
    assert all(row.reason and not row.whole for row in Quarantined.objects.all())


@pytest.mark.django_db
def test_nor_from_any_other_device(world, store):
    picture = json.dumps({"t": NOW, "v": {"floor": 3, "photo": ENCODED}}).encode()
    assert store.store(messages(picture)).accepted == 1
    assert [(row.code, bytes(row.payload)) for row in Quarantined.objects.all()] == [("picture", b"")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "kept", "reason"),
    [
        ({"people@gate": 3, "fire@gate": 0}, {"people@gate", "fire@gate"}, None),
        ({"people@homes": 1}, set(), "masked_zone"),
        ({"people@roof": 1}, set(), "unwatched_zone"),
        ({"people": 1}, set(), "no_zone"),
        ({"people@": 1}, set(), "no_zone"),
        ({"people@gate@homes": 1}, set(), "unwatched_zone"),
        ({"blocked@gate": 1}, set(), "undeclared_metric"),
        ({"face_id@gate": 12}, set(), "unknown_metric"),
        ({"people@gate": 3.25}, set(), "out_of_range"),
        ({"people@gate": -1}, set(), "out_of_range"),
        ({"people@gate": 1e9}, set(), "out_of_range"),
        ({"people@gate": 3, "people@homes": 2}, {"people@gate"}, "masked_zone"),
    ],
)  # fmt: skip
def test_counts_are_kept_from_declared_zones_only(camera, values, kept, reason):
    _, store, _ = camera
    store.store(messages({"t": NOW, "v": values}, device="cam-1"))
    assert set(HotObservation.objects.values_list("metric", flat=True)) == kept
    assert list(Withheld.objects.values_list("reason", flat=True)) == ([reason] if reason else [])


@pytest.mark.django_db
def test_what_one_declaration_masks_no_other_opens(camera, world):
    _, store, _ = camera
    box = [[0.7, 0], [1, 0], [1, 0.4], [0.7, 0.4]]
    world.put_in_force(
        camera_at(world.estate, name="另一个", zones=({"key": "homes", "name": "窗", "corners": box, "masked": False},))
    )
    store.store(messages({"t": NOW, "v": {"people@homes": 1}}, device="cam-1"))
    assert not HotObservation.objects.exists()


ANYTHING = st.binary(max_size=400) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
).map(lambda tree: json.dumps(tree).encode())


@settings(max_examples=300)
@given(ANYTHING | st.sampled_from(list(PICTURES.values())))
def test_whatever_it_sends_only_whole_numbers_of_known_zones_come_out(payload):
    points, withheld = count(
        payload, CATALOGUE["camera"], Span(0, NOW), counted={"gate"}, masked={"homes"}, declared={"people"}
    )
    assert points or withheld
    for metric, moment, value in points:
        assert metric == "people@gate"
        assert 0 <= moment <= NOW
        assert value == int(value)


def test_ordinary_messages_are_no_pictures():
    for payload in (b"", b"{", b"[]", b'{"t": 1, "v": {"floor": 3}}', b'{"n": ' + b"9" * 400 + b"}", "你好".encode(), b"\xff\xfe",
                    json.dumps([{"t": NOW + n, "v": {"floor": n, "speed": 0.5}} for n in range(500)]).encode()):  # fmt: skip
        assert not pictured(payload), payload[:40]
