"""Icons drawn inline, so that they take the colour of the words beside them and need no request.

The files are a subset of Lucide (ISC licence, ``icons/LICENSE``).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "icons"


@cache
def strokes(name: str) -> str:
    """The drawing inside the ``<svg>`` of one icon, 24 × 24; raises :class:`LookupError` for an unknown name."""
    path = FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise LookupError(f"no icon {name!r}; icons/ has {', '.join(names())}")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    if inner is None:
        raise LookupError(f"icon {name!r} is not an SVG")
    return re.sub(r"\s+", " ", inner.group(1)).strip()


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.svg")))
