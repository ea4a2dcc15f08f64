"""Signs on paper that a telephone reads."""

from __future__ import annotations

import segno


def qr_svg(text: str) -> str:
    """A QR code (error correction M: a quarter of a creased form may be lost) as an SVG that ``#qr`` places."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=4, dark="#1d2a26", light="#ffffff")
