"""Numbers that somebody wrote into an address or a form."""

from __future__ import annotations

import re


def whole(text: str | None) -> int | None:
    """The primary key that ``text`` may name; ``None`` for anything that no row can have."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None
