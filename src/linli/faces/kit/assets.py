"""The built front end: where it is and which build it is."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

BUILT = Path(__file__).parent / "static" / "linli"


@cache
def build_id() -> str:
    """Twelve hex digits that change whenever a built file does; read once per process."""
    total = hashlib.sha256()
    for path in sorted(BUILT.glob("*.*")):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:12]
