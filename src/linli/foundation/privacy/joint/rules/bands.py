"""Age bands, and what of a count may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

BANDS: tuple[tuple[int, int | None], ...] = ((14, 59), (60, 69), (70, 79), (80, 89), (90, None))
"""Full years, both ends included. Under 14 nobody is counted."""
FEWEST = 10
"""A smaller count is not shown: it would point at people."""


def age_on(born: date, day: date) -> int:
    """Full years, reached on the birthday."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band_of(born: date, day: date) -> int | None:
    """The index in :data:`BANDS`; ``None`` for a child under 14."""
    age = age_on(born, day)
    return next((n for n, (low, high) in enumerate(BANDS) if low <= age and (high is None or age <= high)), None)


def shown(counts: Sequence[int]) -> tuple[int | None, list[int | None]]:
    """(total, counts) with what is too small left out, and one more where a single gap could be filled by subtraction.

    ``counts`` carry noise and may be negative; a total is their sum, itself left out below :data:`FEWEST`.
    """
    total = sum(counts)
    kept: list[int | None] = [count if count >= FEWEST else None for count in counts]
    if len(kept) > 1 and kept.count(None) == 1:
        smallest = min((n for n, count in enumerate(kept) if count is not None), key=lambda n: counts[n])
        kept[smallest] = None
    return (total if total >= FEWEST else None), kept
