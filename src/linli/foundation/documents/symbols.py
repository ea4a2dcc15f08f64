"""Signs on paper that a telephone reads."""

from __future__ import annotations

import segno


def qr_picture(text: str) -> str:
    """A QR code as the ``data:`` address of a picture, for a page that is shown once and kept nowhere."""
    return segno.make(text, error="m", micro=False).png_data_uri(scale=6, border=4, dark="#1d2a26", light="#ffffff")


def qr_svg(text: str) -> str:
    """A QR code (error correction M: a quarter of a creased form may be lost) as an SVG that ``#qr`` places."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, dark="#1d2a26", light="#ffffff")
