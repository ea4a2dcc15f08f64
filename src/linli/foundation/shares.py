"""A share with its base and its 95 % interval: never one without the others (``domain.md`` §2.3). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

FEWEST = 10
_Z = 1.96


@dataclass(frozen=True)
class Rate:
    """``share`` and ``interval`` (Wilson, 95 %) are 0–1, ``None`` while ``n`` is under ten: too few to tell."""

    part: int
    n: int

    @property
    def suppressed(self) -> bool:
        return self.n < FEWEST

    @property
    def share(self) -> float | None:
        return None if self.suppressed else self.part / self.n

    @property
    def interval(self) -> tuple[float, float] | None:
        return None if self.suppressed else wilson(self.part, self.n)


def wilson(part: int, n: int, z: float = _Z) -> tuple[float, float]:
    """Wilson score interval of a share, 0–1. Raises :class:`ValueError` for an empty base."""
    if n <= 0 or not 0 <= part <= n:
        raise ValueError(f"no share of {part} in {n}")
    p = part / n
    centre = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + z * z / n)), min(1.0, (centre + spread) / (1 + z * z / n))
