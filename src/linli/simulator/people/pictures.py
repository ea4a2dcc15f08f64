"""Small drawings for the matters of the demo's people: flat shapes that nobody takes for photographs."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from linli.simulator.doors.api import Caller

WIDTH, HEIGHT = 800, 600
_WALL, _FLOOR, _LINE = "#e9e4d8", "#b9ae9b", "#4b4a46"


def picture(name: str) -> bytes:
    """PNG of ``lamp_dark``, ``lamp_lit``, ``door_open``, ``door_shut`` or ``ceiling_drips``."""
    dark = name == "lamp_dark"
    image = Image.new("RGB", (WIDTH, HEIGHT), "#5d5a55" if dark else _WALL)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 480, WIDTH, HEIGHT), fill="#47443f" if dark else _FLOOR)
    _DRAWN[name](draw)
    draw.rectangle((8, 8, WIDTH - 9, HEIGHT - 9), outline=_LINE, width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def upload(name: str, caller: Caller) -> list[int]:
    """Send the picture as a photo of ``caller``; its number in a list, empty without a name."""
    if not name:
        return []
    return [caller.post("/photos", files={"photo": (f"{name}.png", picture(name), "image/png")})["id"]]


def _stairs(draw: ImageDraw.ImageDraw, shade: str) -> None:
    for step in range(6):
        draw.rectangle((60 + step * 60, 440 - step * 40, WIDTH, 480 - step * 40), fill=shade, outline=_LINE, width=3)


def _lamp_dark(draw: ImageDraw.ImageDraw) -> None:
    _stairs(draw, "#55524c")
    draw.line((250, 8, 250, 90), fill="#2e2d2a", width=6)
    draw.ellipse((215, 90, 285, 160), fill="#3a3834", outline="#2e2d2a", width=5)


def _lamp_lit(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon(((250, 120), (20, 480), (480, 480)), fill="#fff3c4")
    _stairs(draw, "#d8cfbc")
    draw.line((250, 8, 250, 90), fill=_LINE, width=6)
    draw.ellipse((215, 90, 285, 160), fill="#ffd75e", outline=_LINE, width=5)


def _door(draw: ImageDraw.ImageDraw, leaf: tuple[tuple[int, int], ...], handle: tuple[int, int]) -> None:
    draw.rectangle((280, 110, 520, 480), fill="#2f3b3a", outline=_LINE, width=8)
    draw.polygon(leaf, fill="#7c9a92", outline=_LINE, width=6)
    draw.ellipse((handle[0] - 9, handle[1] - 9, handle[0] + 9, handle[1] + 9), fill=_LINE)


def _door_open(draw: ImageDraw.ImageDraw) -> None:
    _door(draw, ((284, 114), (390, 160), (390, 540), (284, 476)), (372, 330))


def _door_shut(draw: ImageDraw.ImageDraw) -> None:
    _door(draw, ((284, 114), (516, 114), (516, 476), (284, 476)), (490, 300))


def _ceiling_drips(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, WIDTH, 90), fill="#d6cfbf", outline=_LINE, width=3)
    draw.ellipse((300, 50, 520, 120), fill="#b7a98b")
    for x, y in ((360, 150), (420, 230), (385, 330), (440, 400)):
        draw.polygon(((x, y - 22), (x - 9, y), (x + 9, y)), fill="#5b93b5")
        draw.ellipse((x - 10, y - 8, x + 10, y + 12), fill="#5b93b5")
    draw.polygon(((330, 470), (480, 470), (460, 560), (350, 560)), fill="#6f8f9d", outline=_LINE, width=5)


_DRAWN = {
    "lamp_dark": _lamp_dark, "lamp_lit": _lamp_lit, "door_open": _door_open, "door_shut": _door_shut,
    "ceiling_drips": _ceiling_drips,
}  # fmt: skip
