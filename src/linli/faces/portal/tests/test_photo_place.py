"""The place in a photo: read only when the person chose it, turned into a building of ours, and gone from what is kept."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from linli.foundation.files import store
from linli.foundation.files.photos import place_of
from linli.foundation.registry.rules.geometry import METRES_A_DEGREE, local_metres
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")
ORIGIN = (30.27, 120.15)


def taken_at(latitude, longitude) -> bytes:
    def parts(degrees):
        degrees = abs(degrees)
        whole, minutes = int(degrees), int(degrees % 1 * 60)
        return (float(whole), float(minutes), (degrees - whole - minutes / 60) * 3600)

    exif = Image.Exif()
    exif.get_ifd(0x8825).update(
        {1: "N" if latitude >= 0 else "S", 2: parts(latitude), 3: "E" if longitude >= 0 else "W", 4: parts(longitude)}
    )
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#88aa77").save(out, "JPEG", exif=exif)
    return out.getvalue()


def report(world, photo: bytes, place: str):
    client = Client()
    client.force_login(world.accounts["resident"], backend="django.contrib.auth.backends.ModelBackend")
    return client.post(
        "/portal/report/?theme=standard",
        {"words": "楼道灯不亮", "place": place, "photos": SimpleUploadedFile("a.jpg", photo), "client_key": "k"},
    )


@pytest.fixture
def placed(world):
    world.community.origin_latitude, world.community.origin_longitude = ORIGIN
    world.community.save()
    return world


NEAR = (ORIGIN[0] + 46 / METRES_A_DEGREE, ORIGIN[1] + 0.0003)
"""46 m north and 29 m east: inside the second building."""


def test_the_place_of_the_photo_becomes_the_building_when_chosen(placed):
    assert report(placed, taken_at(*NEAR), "photo").status_code == 302
    with placed.scope():
        filed = Request.objects.get()
        assert (filed.building, filed.home) == (placed.buildings[1], None)
        kept = store.path_of(filed.photos.get().sha256).read_bytes()
        assert place_of(kept) is None


def test_it_is_not_read_when_another_place_was_chosen(placed):
    assert report(placed, taken_at(*NEAR), "home").status_code == 302
    with placed.scope():
        filed = Request.objects.get()
        assert (filed.x, filed.home) == (None, placed.homes[1])


@pytest.mark.parametrize("where", [None, (31.9, 118.7)])
def test_a_photo_without_a_place_or_from_elsewhere_says_so_and_loses_nothing(placed, where):
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "JPEG")
    answer = report(placed, taken_at(*where) if where else out.getvalue(), "photo")
    assert answer.status_code == 422
    assert "照片里没有位置" in answer.content.decode() and "楼道灯不亮" in answer.content.decode()
    with placed.scope():
        assert not Request.objects.exists()


def test_where_the_map_has_no_place_on_earth_the_choice_is_not_offered(world):
    assert report(world, taken_at(*NEAR), "photo").status_code == 422


@given(st.floats(-80, 80), st.floats(-179, 179))
def test_the_place_is_read_as_it_was_written(latitude, longitude):
    found = place_of(taken_at(latitude, longitude))
    if (round(latitude, 6), round(longitude, 6)) != (0, 0):
        assert found == pytest.approx((latitude, longitude), abs=1e-4)


@given(st.binary(max_size=300))
def test_no_photo_breaks_the_reading(data):
    assert place_of(data) is None


def test_metres_are_those_of_the_map():
    assert local_metres(*ORIGIN, ORIGIN) == (0.0, 0.0)
    east, north = local_metres(ORIGIN[0] + 0.001, ORIGIN[1] + 0.001, ORIGIN)
    assert (east, north) == pytest.approx((96.1, 111.3), abs=0.1)
