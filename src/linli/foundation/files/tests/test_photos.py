"""Photos as people and attackers send them."""

import io
import struct
import zlib

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from linli.foundation.accounts.sign_in import issue_token
from linli.foundation.files import access
from linli.foundation.files.actions import store_photo
from linli.foundation.files.models import Attachment
from linli.foundation.files.photos import MAX_SIDE, NotAPhoto, develop

ORIENTATION, GPS = 0x0112, 0x8825


def picture(width=300, height=200, kind="JPEG", colour=(200, 80, 30), exif=None, mode="RGB") -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, (width, height), colour if mode == "RGB" else (*colour, 0))
    image.save(out, kind, **({"exif": exif} if exif else {}))
    return out.getvalue()


def bomb(width=60_000, height=60_000) -> bytes:
    """A valid PNG of a few kilobytes that claims 3.6 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


def test_place_time_and_device_are_removed_and_the_photo_stands_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "MakerOfPhones"
    exif.get_ifd(GPS)[1] = "N"
    photo = develop(picture(exif=exif.tobytes()))
    assert (photo.width, photo.height) == (200, 300)
    with Image.open(io.BytesIO(photo.jpeg)) as kept:
        assert dict(kept.getexif()) == {}
    assert b"MakerOfPhones" not in photo.jpeg


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_word_that_was_hidden_beside_the_pixels_is_kept(kind):
    """A comment outlives re-encoding in Pillow unless it is taken away; XMP and colour profiles can carry words too."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "HIDDEN-WORDS")
    notes.add_itxt("XML:com.adobe.xmp", "<x>HIDDEN-WORDS</x>")
    hidden = {
        "JPEG": {"comment": b"HIDDEN-WORDS", "xmp": b"<x>HIDDEN-WORDS</x>", "icc_profile": b"HIDDEN-WORDS" * 20},
        "PNG": {"pnginfo": notes, "icc_profile": b"HIDDEN-WORDS" * 20},
        "WEBP": {"xmp": b"<x>HIDDEN-WORDS</x>", "icc_profile": b"HIDDEN-WORDS" * 20},
    }
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, kind, **hidden[kind])
    assert b"HIDDEN-WORDS" in out.getvalue()
    kept = develop(out.getvalue()).jpeg
    assert b"HIDDEN-WORDS" not in kept
    with Image.open(io.BytesIO(kept)) as photo:
        assert set(photo.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def test_a_large_photo_is_made_small():
    photo = develop(picture(4000, 3000))
    assert (photo.width, photo.height) == (MAX_SIDE, MAX_SIDE * 3 // 4)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_become_jpeg_on_white(kind):
    photo = develop(picture(kind=kind, mode="RGBA"))
    with Image.open(io.BytesIO(photo.jpeg)) as kept:
        assert kept.format == "JPEG"
        assert min(kept.getpixel((5, 5))) > 250


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg onload='alert(1)'/>", "not_a_photo"),
        (b"", "not_a_photo"),
        (picture()[:500], "not_a_photo"),
        (picture(kind="GIF"), "not_a_photo"),
        (bomb(), "too_many_pixels"),
        (bytes(15 * 1024 * 1024 + 1), "too_many_bytes"),
    ],
)
def test_what_is_not_a_photo_is_refused_by_its_content(data, code):
    with pytest.raises(NotAPhoto, match=code):
        develop(data)


@pytest.mark.django_db
def test_the_same_photo_sent_eleven_times_is_stored_once(world):
    with world.scope():
        for who in ("resident",) * 6 + ("elder",) * 5:
            store_photo(picture(colour=(1, 2, 3)), actor=world.actor(who))
        assert Attachment.objects.count() == 2
        sha = Attachment.objects.values_list("sha256", flat=True).distinct().get()
    assert len(list((settings.LINLI_HOME / "files" / sha[:2]).glob(f"{sha}*"))) == 1


def upload(client, world, who, data, name="a.jpg"):
    token = issue_token(world.accounts[who], label="test")
    return client.post(
        "/api/v1/photos",
        {"photo": SimpleUploadedFile(name, data)},
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.django_db
def test_only_who_may_see_its_row_sees_a_photo(client, world, other_world, monkeypatch):
    answer = upload(client, world, "resident", picture())
    assert answer.status_code == 201
    url = answer.json()["url"]

    def status(account):
        client.force_login(account)
        return client.get(url).status_code

    assert status(world.accounts["resident"]) == 200
    assert status(world.accounts["neighbour"]) == 404
    assert status(world.accounts["grid_worker"]) == 404
    assert status(other_world.accounts["community_director"]) == 404
    client.logout()
    assert client.get(url).status_code == 404

    monkeypatch.setitem(access._carriers, "a case", lambda actor, photo: bool(actor.grid_ids))
    assert status(world.accounts["grid_worker"]) == 200
    assert status(world.accounts["neighbour"]) == 404
    assert status(other_world.accounts["grid_worker"]) == 404


@pytest.mark.django_db
def test_a_photo_is_cached_by_the_browser_only(client, world):
    url = upload(client, world, "resident", picture()).json()["url"]
    client.force_login(world.accounts["resident"])
    first = client.get(url)
    assert first.headers["Cache-Control"].startswith("private")
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


@pytest.mark.django_db
def test_the_api_says_what_is_wrong_with_a_file(client, world):
    answer = upload(client, world, "resident", b"MZ not a photo", name="a.jpg")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
        422,
        "not_a_photo",
        "photo",
    )
