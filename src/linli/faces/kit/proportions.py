"""A share never stands alone: its 95 % interval and its n stand beside it, and under ``FEWEST`` it is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

FEWEST = 10
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """``hits`` of ``n``; ``low`` and ``high`` bound the 95 % Wilson score interval, all as fractions of one."""

    hits: int
    n: int

    def __post_init__(self):
        if not 0 <= self.hits <= self.n:
            raise ValueError(f"{self.hits} of {self.n} is not a share")

    @property
    def shown(self) -> bool:
        return self.n >= FEWEST

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else 0.0

    @property
    def low(self) -> float:
        return max(0.0, self._middle - self._half)

    @property
    def high(self) -> float:
        return min(1.0, self._middle + self._half)

    @property
    def percent(self) -> int:
        return round(self.value * 100)

    @property
    def _middle(self) -> float:
        return (self.value + Z95**2 / (2 * self.n)) / (1 + Z95**2 / self.n) if self.n else 0.5

    @property
    def _half(self) -> float:
        """Half the width of the Wilson score interval (Wilson 1927, JASA 22:209–212)."""
        if not self.n:
            return 0.5
        spread = sqrt(self.value * (1 - self.value) / self.n + Z95**2 / (4 * self.n**2))
        return Z95 * spread / (1 + Z95**2 / self.n)
