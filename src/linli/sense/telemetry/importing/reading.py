"""A file of readings, line by line: encodings, separators, layouts, times and numbers as people's programs write them. Pure.

*Long*: a column each for device, metric, time and value. *Wide*: time, device, and a column for each metric. Nothing is held
but the line that is being read, so that a file may have any length.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import BinaryIO

CHUNK = 1 << 20
LONGEST_LINE = 100_000
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = (",", ";", "\t")
HEADINGS = {
    "device": frozenset({"device", "code", "device_code", "设备", "设备编号", "编号"}),
    "metric": frozenset({"metric", "property", "指标", "量什么"}),
    "time": frozenset({"time", "timestamp", "datetime", "t", "时间", "采集时间"}),
    "value": frozenset({"value", "reading", "值", "数值", "读数"}),
    "passed over": frozenset({"line", "why", "reason", "行号", "原因"}),
}
"""What a column may be called; the last are those that a returned file of bad rows carries."""

_DIGITS = re.compile(r"\d{9,14}")
_TIME = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?)?"
    r" ?(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")


class Unusable(ValueError):
    """The file as a whole cannot be read. ``code``: ``unknown_encoding``, ``no_heading``, ``missing_column``, ``twice``,
    ``long_line``; ``what`` names the column."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(code)
        self.code, self.what = code, what


@dataclass(frozen=True)
class Said:
    """One reading as it stands in the file; ``moment`` is UTC ms, ``None`` where ``time`` is no time; ``value`` likewise."""

    line: int
    device: str
    metric: str
    time: str
    moment: int | None
    text: str
    value: float | None


@dataclass(frozen=True)
class Layout:
    """Where the columns stand. ``metrics`` is empty for a long file."""

    heading: Sequence[str]
    separator: str
    device: int
    time: int
    metric: int = -1
    value: int = -1
    metrics: Sequence[tuple[int, str]] = ()


def encoding_of(file: BinaryIO) -> str:
    """The first of :data:`ENCODINGS` in which the whole file makes sense; leaves the file at its start."""
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        file.seek(0)
        try:
            while chunk := file.read(CHUNK):
                if "\0" in decoder.decode(chunk):
                    raise Unusable("unknown_encoding")
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            continue
        finally:
            file.seek(0)
        return encoding
    raise Unusable("unknown_encoding")


def lines_of(file: BinaryIO, encoding: str) -> tuple[Layout, Iterator[tuple[int, list[str]]]]:
    """The layout, and (number of the line, cells) of every line below the heading that is not empty."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    first = text.readline(LONGEST_LINE)
    separator = max(SEPARATORS, key=first.count)
    layout = layout_of(next(csv.reader([first], delimiter=separator), []), separator)

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(text, delimiter=separator)
        try:
            for cells in reader:
                if any(len(cell) > LONGEST_LINE for cell in cells):
                    raise Unusable("long_line", str(reader.line_num + 1))
                if any(cell.strip() for cell in cells):
                    yield reader.line_num + 1, cells
        except csv.Error:
            raise Unusable("long_line", str(reader.line_num + 1)) from None
        finally:
            text.detach()

    return layout, rows()


def layout_of(heading: Sequence[str], separator: str) -> Layout:
    """Raises :class:`Unusable`."""
    names = [cell.strip() for cell in heading]
    if not any(names):
        raise Unusable("no_heading")
    places: dict[str, int] = {}
    others: list[tuple[int, str]] = []
    for place, name in enumerate(names):
        kind = next((kind for kind, known in HEADINGS.items() if name.lower() in known), "")
        if kind == "passed over" or not name:
            continue
        if not kind:
            others.append((place, name))
        elif kind in places:
            raise Unusable("twice", name)
        else:
            places[kind] = place
    for needed in ("device", "time"):
        if needed not in places:
            raise Unusable("missing_column", needed)
    long = "metric" in places or "value" in places
    for needed in ("metric", "value") if long else ():
        if needed not in places:
            raise Unusable("missing_column", needed)
    if not long and not others:
        raise Unusable("missing_column", "value")
    if len({name for _, name in others}) < len(others):
        raise Unusable("twice", next(name for _, name in others))
    return Layout(
        names, separator, places["device"], places["time"], places.get("metric", -1), places.get("value", -1),
        () if long else tuple(others),
    )  # fmt: skip


def said_in(layout: Layout, line: int, cells: Sequence[str], zone: tzinfo) -> Iterator[Said]:
    """The readings of one line; an empty cell of a wide file says nothing."""

    def cell(place: int) -> str:
        return cells[place].strip() if 0 <= place < len(cells) else ""

    device, time = cell(layout.device), cell(layout.time)
    moment = moment_of(time, zone)
    if not layout.metrics:
        yield Said(line, device, cell(layout.metric), time, moment, cell(layout.value), number_of(cell(layout.value)))
        return
    for place, metric in layout.metrics:
        if cell(place):
            yield Said(line, device, metric, time, moment, cell(place), number_of(cell(place)))


def moment_of(text: str, zone: tzinfo) -> int | None:
    """UTC ms of a time; one without a zone is ``zone``'s. Whole numbers are seconds or milliseconds since 1970."""
    if _DIGITS.fullmatch(text):
        return int(text) * (1000 if len(text) <= 10 else 1)
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime(
            int(found["year"]), int(found["month"]), int(found["day"]), int(found["hour"] or 0), int(found["minute"] or 0),
            int(found["second"] or 0), int(f"{found['part'] or '':0<6}"[:6]), tzinfo=_zone(found["zone"]) or zone,
        )  # fmt: skip
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    return UTC if text in "Zz" else datetime.strptime(text.replace(":", ""), "%z").tzinfo


def number_of(text: str) -> float | None:
    """A number with a point or a comma before its fraction; ``1.234,5`` and ``1,234.5`` say two things and are none."""
    if _NUMBER.fullmatch(text) is None:
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None
