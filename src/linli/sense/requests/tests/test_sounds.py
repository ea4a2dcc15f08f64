"""A file is what its first bytes say, whatever it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.sense.requests.rules.sounds import LONGEST, MAX_BYTES, NotASound, Sound, sound_of
from linli.sense.requests.tests.sounding import HEADS, wav


@pytest.mark.parametrize("kind", HEADS)
def test_each_kind_is_known_by_its_head(kind):
    assert sound_of(HEADS[kind]).content_type == kind


def test_a_bare_frame_of_mp3_is_one():
    assert sound_of(b"\xff\xfb\x90\x64" + b"\0" * 100).content_type == "audio/mpeg"


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\0\x10JFIF", b"%PDF-1.7", b"MZ\x90\0",
        b"\0\0\0\x18ftypheic\0\0\0\0", b"RIFF\0\0\0\0WEBPVP8 ", b"\x1aE\xdf\xa3" + b"\0" * 60, b"\xff\xfe<\0h\0",
    ],
)  # fmt: skip
def test_what_is_no_sound_is_refused(data):
    with pytest.raises(NotASound, match="not_a_sound"):
        sound_of(data)


def test_how_long_it_lasts_is_read_where_the_head_tells():
    assert sound_of(wav(3)) == Sound("audio/wav", 3.0)
    assert sound_of(HEADS["audio/amr"]).seconds == 2.0
    assert sound_of(HEADS["audio/webm"]).seconds is None


def test_a_recorder_that_was_cut_short_left_no_size():
    whole = wav(2)
    assert sound_of(whole[:40] + b"\xff\xff\xff\xff" + whole[44:]).seconds == 2.0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "voice_empty"),
        (wav(LONGEST + 30, rate=100), "voice_too_long"),
        (HEADS["audio/ogg"].ljust(MAX_BYTES + 1, b"\0"), "voice_too_big"),
    ],
    ids=["empty", "long", "big"],
)
def test_empty_long_and_big_ones_are_refused(data, code):
    with pytest.raises(NotASound, match=code):
        sound_of(data)


@given(st.sampled_from([*HEADS.values(), wav(0.1)]), st.binary(max_size=200), st.integers(0, 80))
def test_no_bytes_break_it(head, rest, cut):
    try:
        found = sound_of(head[:cut] + rest)
    except NotASound:
        return
    assert found.content_type.startswith("audio/")
    assert found.seconds is None or found.seconds >= 0
