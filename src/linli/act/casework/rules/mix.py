"""Comparing units that were given different work: indirect standardisation by kind of matter. Pure.

A unit's share is set against what it would have been, had each kind of matter gone as it went in the whole community:
``adjusted = observed ÷ expected × overall`` (as standardised mortality ratios are, Breslow & Day 1987, ch. 2). Who gets
the hard matters is not compared with who gets the easy ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from linli.foundation.shares import FEWEST

Cells = Mapping[str, tuple[int, int]]
"""By kind of matter: part and n."""


def adjusted(groups: Mapping[str, Cells]) -> dict[str, float | None]:
    """The adjusted share of each group, 0–1; ``None`` under ten, or where nothing can be expected."""
    whole: dict[str, tuple[int, int]] = {}
    for cells in groups.values():
        for kind, (part, n) in cells.items():
            before = whole.get(kind, (0, 0))
            whole[kind] = (before[0] + part, before[1] + n)
    parts, base = (sum(cell[side] for cell in whole.values()) for side in (0, 1))
    found: dict[str, float | None] = {}
    for group, cells in groups.items():
        observed, n = (sum(cell[side] for cell in cells.values()) for side in (0, 1))
        expected = sum(whole[kind][0] / whole[kind][1] * size for kind, (_part, size) in cells.items() if size)
        enough = n >= FEWEST and expected > 0
        found[group] = min(1.0, observed / expected * parts / base) if enough else None
    return found
