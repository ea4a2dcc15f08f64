"""From a photo of a filled form to what stands in each box. A suggestion for a person beside the picture, never more.

The code says which sheet it is and how it lies; the printed labels say where each box is on the photo (a plane projection
fitted to them, RANSAC); what the reader of letters found is put into the box it lies in. RapidOCR brings its models in its wheel
(PP-OCR, Apache-2.0) and needs no network. Without it the picture is shown beside an empty form.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from linli.sense.intake.paper.layout import BOXES, LABEL_HEIGHT, LABEL_LETTER, QR, Box

SURE = 0.9
"""Confidence of the reader below which a person is told to look twice."""
ALIKE = 0.8
BORDER = 4
"""Modules of the quiet zone around the code."""
_ADDRESS = re.compile(r"/paper/([2-9A-HJ-NP-Z]{11})/?$")
_reading = threading.Lock()


@dataclass(frozen=True)
class Line:
    """A run of letters on the photo: its corners in pixels, from the upper left clockwise."""

    words: str
    sure: float
    corners: Any

    @property
    def centre(self) -> tuple[float, float]:
        import numpy as np

        x, y = np.asarray(self.corners, dtype=float).mean(axis=0)
        return float(x), float(y)


@dataclass
class Read:
    """``code`` of the sheet, empty where it was not found; ``fields`` by box; ``doubtful`` those to look at twice; ``placed``
    is false where the boxes were not found and everything stands in ``words``."""

    code: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    doubtful: tuple[str, ...] = ()
    placed: bool = False
    engine: bool = True


def available() -> bool:
    """Whether the reader of letters is installed (``linli[paper]``)."""
    return find_spec("rapidocr") is not None and find_spec("cv2") is not None


def code_on(jpeg: bytes) -> str:
    """The number of the sheet on the photo, quickly and without reading a letter; empty where there is none to be seen."""
    if not available():
        return ""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return "" if image is None else _find_code(image)[0]


def read_sheet(jpeg: bytes) -> Read:
    """What stands on the photo; empty, with ``engine`` false, where no reader is installed."""
    if not available():
        return Read(engine=False)
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return Read()
    code, square = _find_code(image)
    if square is not None:
        image, square = _upright(image, square)
    lines = _lines(image)
    projection = _projection(lines, square)
    if projection is None:
        labels = {box.label for box in BOXES}
        words = [line.words for line in lines if not _is_label(line.words, labels)]
        return Read(code, {"words": "\n".join(words)}, ("words",), placed=False)
    return _sorted_into_boxes(code, lines, projection)


def _find_code(image: Any) -> tuple[str, Any]:
    """The number of the sheet and the corners of its code in pixels, upper left first as printed."""
    import cv2
    import numpy as np

    detector = cv2.QRCodeDetector()
    for scale in (1.0, 0.6, 1.6):
        tried = image if scale == 1.0 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        try:
            words, corners, _straight = detector.detectAndDecode(tried)
        except cv2.error:
            continue
        if corners is not None and words and (match := _ADDRESS.search(words)):
            return match[1], np.asarray(corners, dtype=np.float32).reshape(4, 2) / scale
    return "", None


def _upright(image: Any, square: Any) -> tuple[Any, Any]:
    """Turned by quarters so that the code stands as printed: the reader of letters wants lines that run to the right."""
    import numpy as np

    across = square[1] - square[0]
    turns = round(float(np.degrees(np.arctan2(across[1], across[0]))) / 90) % 4
    for _n in range(turns):
        height = image.shape[1]
        image = np.ascontiguousarray(np.rot90(image))
        square = np.stack([square[:, 1], height - 1 - square[:, 0]], axis=1).astype(np.float32)
    return image, square


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": 1280,
        }
    )


def _lines(image: Any) -> list[Line]:
    with _reading:
        found = _engine()(image)
    if found.boxes is None:
        return []
    return [
        Line(words, float(sure), corners)
        for words, sure, corners in zip(found.txts, found.scores, found.boxes, strict=True)
    ]


def _projection(lines: list[Line], square: Any) -> Any:
    """From pixels to millimetres, by the labels and the code; ``None`` where too little was found."""
    import cv2
    import numpy as np

    pixels: list[tuple[float, float]] = []
    paper: list[tuple[float, float]] = []
    for box in BOXES:
        line = max(lines, key=lambda one: _alike(one.words, box.label), default=None)
        if line is None or _alike(line.words, box.label) < ALIKE:
            continue
        width = len(box.label) * LABEL_LETTER
        corners = np.asarray(line.corners, dtype=float)
        for (px, py), (mx, my) in zip(
            (corners[[0, 3]].mean(axis=0), corners[[1, 2]].mean(axis=0)),
            ((box.x, box.label_y + LABEL_HEIGHT / 2), (box.x + width, box.label_y + LABEL_HEIGHT / 2)),
            strict=True,
        ):
            pixels.append((float(px), float(py)))
            paper.append((mx, my))
    if square is not None:
        x, y, side = QR
        inner = side * BORDER / _modules()
        corners_mm = [
            (x + inner, y + inner), (x + side - inner, y + inner),
            (x + side - inner, y + side - inner), (x + inner, y + side - inner),
        ]  # fmt: skip
        pixels += [(float(px), float(py)) for px, py in square]
        paper += corners_mm
    if len(pixels) < 6:
        return None
    matrix, _inliers = cv2.findHomography(np.array(pixels), np.array(paper), cv2.RANSAC, 4.0)
    return matrix


@lru_cache(maxsize=1)
def _modules() -> int:
    """Modules across the code with its quiet zone, for an address as long as ours."""
    import segno

    from linli.sense.intake.paper.printing import address_of

    made = segno.make(address_of("2" * 11), error="m", micro=False)
    return int(made.symbol_size(border=BORDER)[0])


def _sorted_into_boxes(code: str, lines: list[Line], projection: Any) -> Read:
    kept: dict[str, list[tuple[float, float, Line]]] = {}
    for line in lines:
        x, y = _project(projection, line.centre)
        box = next((box for box in BOXES if box.holds(x, y)), None)
        if box is not None and _alike(line.words, box.label) < ALIKE:
            kept.setdefault(box.key, []).append((y, x, line))
    fields, doubtful = {}, []
    for box in BOXES:
        found = kept.get(box.key, [])
        fields[box.key] = _joined(box, found)
        if found and min(line.sure for _y, _x, line in found) < SURE:
            doubtful.append(box.key)
    digits = unicodedata.normalize("NFKC", fields["phone"]).translate(_LOOKS_LIKE_DIGITS)
    fields["phone"] = re.sub(r"[^\d+-]", "", digits)
    if fields["phone"] and not re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{7,8}", fields["phone"]):
        doubtful.append("phone")
    return Read(code, fields, tuple(dict.fromkeys(doubtful)), placed=True)


_LOOKS_LIKE_DIGITS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8", "Z": "2"})


def _joined(box: Box, found: list[tuple[float, float, Line]]) -> str:
    """Lines from above to below, pieces of one line from left to right."""
    rows: list[list[tuple[float, float, Line]]] = []
    for piece in sorted(found, key=lambda one: one[0]):
        if rows and abs(rows[-1][0][0] - piece[0]) < 4.0:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    said = ["".join(line.words for _y, _x, line in sorted(row, key=lambda one: one[1])) for row in rows]
    return ("\n" if box.key == "words" else " ").join(said).strip()


def _project(matrix: Any, point: tuple[float, float]) -> tuple[float, float]:
    import numpy as np

    x, y, w = matrix @ np.array([point[0], point[1], 1.0])
    return float(x / w), float(y / w)


def _alike(words: str, label: str) -> float:
    one, other = (unicodedata.normalize("NFKC", text).replace(" ", "") for text in (words, label))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _is_label(words: str, labels: set[str]) -> bool:
    return any(_alike(words, label) >= ALIKE for label in labels)
