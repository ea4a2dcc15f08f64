"""Whom a note names with ``@``. Pure."""

from __future__ import annotations

from collections.abc import Collection

MARKS = "@＠"


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
