"""Whom a note names with ``@``. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

MARKS = "@＠"
_CALLED = re.compile(r"(?<![0-9A-Za-z._%+\-])[@＠]([\w·]{1,12})")
"""An ``@`` that begins a word; inside one it is an address."""


def named_in(text: str, names: Collection[str]) -> frozenset[str]:
    """Those of ``names`` that stand right behind an ``@`` in ``text``; of several that fit there, the longest.

    An ``@`` before anything else (an address, a stranger) names nobody.
    """
    by_length = sorted({name for name in names if name}, key=len, reverse=True)
    found = set()
    for at, character in enumerate(text):
        if character in MARKS:
            name = next((one for one in by_length if text.startswith(one, at + 1)), None)
            if name is not None:
                found.add(name)
    return frozenset(found)


def strangers_in(text: str, names: Collection[str]) -> tuple[str, ...]:
    """What stands behind an ``@`` in ``text`` and begins with none of ``names``, each once, in order."""
    known = tuple(name for name in names if name)
    found = (match[1] for match in _CALLED.finditer(text) if not text.startswith(known, match.start(1)))
    return tuple(dict.fromkeys(found))
