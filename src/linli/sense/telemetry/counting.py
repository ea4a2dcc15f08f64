"""What a device with an eye says: whole counts and events by zone. Plain functions, no Django, no I/O.

Anything else is counted by its reason and nothing of it is kept, no key and no text: a picture must find no way into a
database, not in pieces either (国务院令799号; 人脸识别技术应用安全管理办法).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set

import msgspec

from linli.sense.telemetry.decoding import Point, Span, milliseconds
from linli.sense.telemetry.device_types import ZONE_MARK, DeviceType

MOST_BYTES = 16_000
"""Of one message of counts: a hundred zones with all metrics fit in."""

BINARY_BYTES = 64
"""More than this that is no text is no broken letter."""

_MAGIC = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x00\x01",
    b"\x00\x00\x01", b"\x1aE\xdf\xa3", b"OggS", b"FLV\x01", b"G@",
)  # fmt: skip
_FOURCC = (b"ftyp", b"WEBP", b"AVI ", b"WAVE", b"moov", b"mdat")
_ENCODED = re.compile(
    rb"data:(?:image|video|audio)/|(?![0-9]{256})[A-Za-z0-9+/_\-]{256,}|(?:[0-9a-fA-F]{2}[\s,:]+){128,}"
)
"""Base64 or hexadecimal; a very long number is only a very long number."""

_NUMBERS = re.compile(rb"(?:-?\d+(?:\.\d+)?\s*,\s*){256,}")


class Counted(msgspec.Struct, forbid_unknown_fields=True):
    """One object of a payload: a time and numbers, nothing beside them."""

    t: int | str
    v: dict[str, float]


_decode = msgspec.json.Decoder(Counted | list[Counted]).decode


def pictured(payload: bytes) -> bool:
    """Whether it looks like a picture or a recording: by its first bytes, a long run of encoded text or of numbers, or
    because it is no text at all."""
    head = payload[:64]
    if head.startswith(_MAGIC) or any(mark in head for mark in _FOURCC):
        return True
    if _ENCODED.search(payload) or _NUMBERS.search(payload):
        return True
    try:
        payload.decode()
    except UnicodeDecodeError:
        return len(payload) > BINARY_BYTES
    return False


def count(
    payload: bytes, device_type: DeviceType, span: Span, *, counted: Set[str], masked: Set[str], declared: Set[str]
) -> tuple[list[Point], Counter[str]]:
    """(metric@zone, UTC ms, value) of each count that may be kept, and the reasons of what may not.

    ``counted`` and ``masked`` are the zones of the declarations over the device, ``declared`` the metrics they keep.
    """
    if len(payload) > MOST_BYTES:
        return [], Counter({"picture" if pictured(payload) else "too_large": 1})
    try:
        decoded = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [], Counter({"picture" if pictured(payload) else "bad_shape": 1})
    if pictured(payload):
        return [], Counter({"picture": 1})
    points: list[Point] = []
    withheld: Counter[str] = Counter()
    for reading in decoded if isinstance(decoded, list) else [decoded]:
        moment = milliseconds(reading.t)
        if moment is None or not span.earliest <= moment <= span.latest:
            withheld["bad_time"] += 1
            continue
        for key, value in reading.v.items():
            why = _why_not(key, value, device_type, counted, masked, declared)
            if why:
                withheld[why] += 1
            else:
                points.append((key, moment, value))
    if not points and not withheld:
        withheld["bad_shape"] += 1
    return points, withheld


def _why_not(
    key: str, value: float, device_type: DeviceType, counted: Set[str], masked: Set[str], declared: Set[str]
) -> str:
    name, mark, zone = key.partition(ZONE_MARK)
    metric = device_type.metrics.get(name)
    if metric is None:
        return "unknown_metric"
    if not mark or not zone:
        return "no_zone"
    if zone in masked:
        return "masked_zone"
    if zone not in counted:
        return "unwatched_zone"
    if name not in declared:
        return "undeclared_metric"
    return "" if metric.low <= value <= metric.high and value == int(value) else "out_of_range"
