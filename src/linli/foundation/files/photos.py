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


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")
