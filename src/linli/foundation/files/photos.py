"""What comes from a stranger's camera becomes a plain small JPEG without hidden data. Pure: bytes in, bytes out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 64_000_000
MAX_SIDE = 1920
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82


class NotAPhoto(ValueError):
    """``args[0]`` is ``not_a_photo``, ``too_many_bytes`` or ``too_many_pixels``."""


@dataclass(frozen=True)
class Photo:
    """A JPEG, upright, at most 1920 pixels a side, without EXIF (place, time, device), comments or
    anything else that was not a pixel."""

    jpeg: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return sha256(self.jpeg).hexdigest()


def develop(data: bytes) -> Photo:
    """Re-encode; the same bytes always give the same photo. Raises :class:`NotAPhoto`.

    The type is read from the content, never from a name. The size in the header is checked before a pixel is
    decoded, so that a small file cannot unpack into gigabytes.
    """
    if len(data) > MAX_BYTES:
        raise NotAPhoto("too_many_bytes")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise NotAPhoto("too_many_pixels")
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = _on_white(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as error:
        raise NotAPhoto("too_many_pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, NotAPhoto):
            raise
        raise NotAPhoto("not_a_photo") from error
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    upright.info.clear()
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), upright.width, upright.height)


GPS = 0x8825
"""The part of EXIF that says where a photo was taken (Exif 3.0, 4.6.6)."""


def place_of(data: bytes) -> tuple[float, float] | None:
    """Latitude and longitude in degrees that the camera wrote into the photo, before :func:`develop` takes them out; ``None``
    without, or where they are nonsense. Only to be asked when the person wants it."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            gps = image.getexif().get_ifd(GPS)
        latitude, longitude = _degrees(gps[2]), _degrees(gps[4])
        south, west = str(gps.get(1, "N")).upper().startswith("S"), str(gps.get(3, "E")).upper().startswith("W")
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None
    latitude, longitude = -latitude if south else latitude, -longitude if west else longitude
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude


def _degrees(parts) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")
