"""Resource paths: ``Things('A')/Datastreams('A:pm25')/Observations/$ref`` as segments. Pure; OGC 18-088 §9.2."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_SEGMENTS = 12
_SEGMENT = re.compile(r"(?P<name>[$@]?[A-Za-z_][\w.]*)(?:\((?:'(?P<text>(?:[^']|'')*)'|(?P<bare>[\w.:-]+))\))?(?:/|\Z)")


@dataclass(frozen=True)
class Segment:
    """``id`` is the identifier in brackets, ``None`` where there are none."""

    name: str
    id: str | None = None


def segments_of(path: str) -> list[Segment]:
    """The segments of a path below the service's root; raises :class:`ValueError` for one that is none."""
    path = path.strip("/")
    found: list[Segment] = []
    at = 0
    while at < len(path):
        match = _SEGMENT.match(path, at)
        if match is None or len(found) == MOST_SEGMENTS:
            raise ValueError(path[at:])
        text = match["text"]
        found.append(Segment(match["name"], text.replace("''", "'") if text is not None else match["bare"]))
        at = match.end()
    return found
