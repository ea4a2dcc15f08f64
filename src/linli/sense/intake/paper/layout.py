"""Where everything stands on the paper form, in millimetres from the upper left corner of A4. Printing and reading share it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A field to write in: its label stands at (x, ``label_y``), the box below it."""

    key: str
    label: str
    x: float
    y: float
    width: float
    height: float

    @property
    def label_y(self) -> float:
        return self.y - 6.5

    def holds(self, x: float, y: float, slack: float = 3.0) -> bool:
        return self.x - slack <= x <= self.x + self.width + slack and self.y - 2 <= y <= self.y + self.height + 2


LABEL_HEIGHT = 4.2
"""Millimetres of a label's letters (12 pt)."""
LABEL_LETTER = 4.233
"""Millimetres across of one Chinese letter of 12 pt."""

TITLE = ("说件事", 20.0, 20.0)
QR = (158.0, 16.0, 32.0)
"""x, y and side of the code with its quiet zone."""

BOXES = (
    Box("name", "姓名", 20, 60, 80, 14),
    Box("phone", "电话", 110, 60, 80, 14),
    Box("home", "住哪里（小区、几幢、几单元、几室）", 20, 86, 170, 14),
    Box("words", "什么事（照实写，写几句都行）", 20, 112, 170, 96),
    Box("where", "在哪里出的事（就在家里可以不写）", 20, 220, 170, 14),
)
