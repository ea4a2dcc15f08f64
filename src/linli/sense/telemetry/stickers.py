"""What stands on the sticker of a device: from the words of its code to the device's code, and from a photo to the words.

Makers print their serial number as it is, as the end or a parameter of an address, as JSON, or as ``name:value`` pairs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import parse_qs, unquote, urlsplit

NAMES = ("code", "sn", "serial", "deveui", "imei", "id", "mac", "编号", "序列号")
"""How makers call what names one device, the most exact first."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,48}")
_PAIR = re.compile(r"([^\s:：=;；,，]+)\s*[:：=]\s*([^\s;；,，]+)")
LONGEST = 2_000
SCALES = (1.0, 0.5, 1.6)


@dataclass(frozen=True)
class Sticker:
    """``code`` is empty where none was found; ``type`` as the sticker says, which may be none of ours."""

    code: str = ""
    type: str = ""


def sticker_of(words: str) -> Sticker:
    """What names the device in the words of its sticker."""
    words = words.strip()[:LONGEST]
    if _CODE.fullmatch(words):
        return Sticker(words)
    if words.startswith("{"):
        try:
            given = json.loads(words)
        except (ValueError, RecursionError):
            given = {}
        return _named(
            {str(name).lower(): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
        )
    if "://" in words:
        try:
            address = urlsplit(words)
        except ValueError:
            return Sticker()
        found = _named({name.lower(): values[0] for name, values in parse_qs(address.query).items()})
        return (
            found if found.code else Sticker(_clean(unquote(address.path.rstrip("/").rpartition("/")[2])), found.type)
        )
    return _named({name.lower(): value for name, value in _PAIR.findall(words)})


def _named(given: dict[str, str]) -> Sticker:
    code = next((found for name in NAMES if (found := _clean(given.get(name, "")))), "")
    return Sticker(code, given.get("type", "")[:32])


def _clean(code: str) -> str:
    """Without the colons and dots that a subject cannot hold; empty when something else remains that is no code."""
    code = re.sub(r"[:.\s]", "", code)
    return code if _CODE.fullmatch(code) else ""


def can_read_photos() -> bool:
    """Whether the reader of codes is installed (``linli[paper]``)."""
    return find_spec("cv2") is not None


def words_on(photo: bytes) -> str:
    """The words of the QR code on a photo, empty where none can be read."""
    if not can_read_photos():
        return ""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return ""
    detector = cv2.QRCodeDetector()
    for scale in SCALES:
        tried = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        try:
            words, _corners, _straight = detector.detectAndDecode(tried)
        except cv2.error:
            continue
        if words:
            return words
    return ""
