"""A form filled by a pen and photographed: the printed sheet with words drawn into its boxes, then held askew under a lamp."""

from __future__ import annotations

import io
import subprocess
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from linli.sense.intake.paper.layout import BOXES

DOTS = 8
"""Pixels of a millimetre."""


@cache
def pen(size: int) -> ImageFont.FreeTypeFont:
    """The font that the document itself is set in."""
    from linli.foundation.documents.rendering import chinese_font

    found = subprocess.run(["fc-match", "-f", "%{file}", chinese_font()], capture_output=True, text=True, check=True)
    return ImageFont.truetype(found.stdout, size)


def page_of(pdf: bytes) -> Image.Image:
    """The first page of a sheet as pixels."""
    import pypdfium2

    return pypdfium2.PdfDocument(pdf)[0].render(scale=DOTS * 25.4 / 72).to_pil().convert("RGB")


def filled(page: Image.Image, **fields: str) -> Image.Image:
    page = page.copy()
    draw = ImageDraw.Draw(page)
    for box in BOXES:
        for number, line in enumerate(fields.get(box.key, "").split("\n")):
            draw.text(
                ((box.x + 4) * DOTS, (box.y + 2.5 + number * 12) * DOTS), line, font=pen(7 * DOTS), fill=(20, 40, 120)
            )
    return page


def photographed(page: Image.Image, *, turn: float = 4.0, lean: float = 0.05, quarter: int = 0) -> bytes:
    """A JPEG of the page on a table: turned by ``turn`` degrees, leaning away, lit from one side, a little noisy."""
    paper = np.asarray(page)[:, :, ::-1]
    height, width = paper.shape[:2]
    far = lean * width
    margin = 160
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[far, 0.02 * height], [width - far, 0], [width, height], [0, height * 0.99]], np.float32)
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = ((seen - seen.mean(axis=0)) @ spin.T).astype(np.float32)
    seen += margin - seen.min(axis=0)
    size = tuple((seen.max(axis=0) + margin).astype(int))
    matrix = cv2.getPerspectiveTransform(corners, seen)
    photo = cv2.warpPerspective(paper, matrix, size, borderValue=(96, 120, 140))
    light = np.linspace(0.72, 1.0, photo.shape[1])[None, :, None]
    noise = np.random.default_rng(7).normal(0, 4, photo.shape)
    photo = np.clip(cv2.GaussianBlur(photo, (3, 3), 0) * light + noise, 0, 255).astype(np.uint8)
    photo = np.ascontiguousarray(np.rot90(photo, quarter))
    out = io.BytesIO()
    Image.fromarray(photo[:, :, ::-1]).save(out, "JPEG", quality=80)
    return out.getvalue()
