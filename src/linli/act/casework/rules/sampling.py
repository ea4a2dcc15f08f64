"""抽查: which of a week's closed cases somebody looks at again. Pure, and the same for whoever reckons it again.

Stratified: of each unit its own share, so that a small unit is looked at as surely as a large one. Within a unit the cases
stand in the order of SHA-256 of seed and key, and the first are taken: nobody can choose, and with the recorded seed
everybody can check (compare simple random sampling within strata, GB/T 10111-2008).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256


def draw(units: Mapping[str, Collection[int]], *, share: int, seed: str) -> dict[str, list[int]]:
    """Of each unit ``share`` percent of its keys, rounded up, so at least one of a unit that has any; none at 0.

    Raises :class:`ValueError` for a share outside 0–100.
    """
    if not 0 <= share <= 100:
        raise ValueError(f"no share: {share} %")
    return {
        unit: sorted(sorted(set(keys), key=lambda key: (_rank(seed, key), key))[: wanted(len(set(keys)), share)])
        for unit, keys in units.items()
    }


def wanted(n: int, share: int) -> int:
    """How many of ``n``: rounded up."""
    return -(-n * share // 100)


def _rank(seed: str, key: int) -> str:
    return sha256(f"{seed}:{key}".encode()).hexdigest()
