"""Which kind of sound a file holds, from its first bytes, and how long it lasts where its head says so. Pure.

The marks are those of the formats' own papers: RFC 9559 (Matroska, WebM), RFC 3533 (Ogg), ISO 14496-12 (MP4, M4A, 3GP),
ISO 11172-3 and ID3v2 (MP3), RIFF (WAV), RFC 4867 (AMR).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAX_BYTES = 10 * 1024 * 1024
LONGEST = 120
"""Seconds of one message: somebody has to listen to all of it."""
SLACK = 5
"""Seconds over the limit that are forgiven: a recorder stops a little late."""

_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_AMR = {b"#!AMR\n": "audio/amr", b"#!AMR-WB\n": "audio/amr-wb"}
_FRAME_BYTES = {
    "audio/amr": (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0),
    "audio/amr-wb": (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0),
}
_FRAMES_A_SECOND = 50


class NotASound(ValueError):
    """``args[0]`` is ``not_a_sound``, ``voice_empty``, ``voice_too_big`` or ``voice_too_long``."""


@dataclass(frozen=True)
class Sound:
    """``seconds`` is ``None`` where the file's head does not tell (what a browser has just recorded does not)."""

    content_type: str
    seconds: float | None = None


def sound_of(data: bytes) -> Sound:
    """What the bytes are, whatever their name says. Raises :class:`NotASound`."""
    if not data:
        raise NotASound("voice_empty")
    if len(data) > MAX_BYTES:
        raise NotASound("voice_too_big")
    kind = _kind(data)
    if kind is None:
        raise NotASound("not_a_sound")
    seconds = _seconds(data, kind)
    if seconds is not None and seconds > LONGEST + SLACK:
        raise NotASound("voice_too_long")
    return Sound(kind, seconds)


def _kind(data: bytes) -> str | None:
    head = data[:64]
    if head.startswith(b"\x1aE\xdf\xa3") and (b"webm" in head or b"matroska" in head):
        return "audio/webm"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head[4:8] == b"ftyp" and head[8:12] not in _PICTURES:
        return "audio/3gpp" if head[8:11] == b"3gp" else "audio/mp4"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    for mark, kind in _AMR.items():
        if head.startswith(mark):
            return kind
    return "audio/mpeg" if head.startswith(b"ID3") or _is_mp3_frame(head) else None


def _is_mp3_frame(head: bytes) -> bool:
    """Eleven bits of sync, layer III, a version, a rate and a frequency that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate, frequency = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and frequency != 3


def _seconds(data: bytes, kind: str) -> float | None:
    if kind == "audio/wav":
        return _seconds_of_wav(data)
    return _seconds_of_amr(data, kind) if kind in _FRAME_BYTES else None


def _seconds_of_wav(data: bytes) -> float | None:
    """A recorder that was cut short leaves a size of nothing or of everything in the head: then what is there counts."""
    at, a_second = 12, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        if name == b"fmt " and at + 20 <= len(data):
            a_second = struct.unpack("<I", data[at + 16 : at + 20])[0]
        if name == b"data":
            there = len(data) - at - 8
            return min(size or there, there) / a_second if a_second else None
        at += 8 + size + size % 2
    return None


def _seconds_of_amr(data: bytes, kind: str) -> float:
    at, frames = data.index(b"\n") + 1, 0
    while at < len(data):
        at += 1 + _FRAME_BYTES[kind][data[at] >> 3 & 15]
        frames += 1
    return frames / _FRAMES_A_SECOND
