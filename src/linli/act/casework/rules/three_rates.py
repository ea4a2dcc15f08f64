"""三率: response, resolution and satisfaction, each with its base and interval (``domain.md`` §2.3). Pure.

The base is the orders closed for call-back in the period, less the excluded ones. A joint case is one order with the
answer of each reporter. An order that nobody answered stays in the base of the response rate and is in no other
numerator or denominator: silence is never satisfaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from linli.foundation.shares import Rate

SATISFIED_FROM = 4
WEIGHTS = (0.2, 0.4, 0.4)


@dataclass(frozen=True)
class Answer:
    """``satisfaction`` runs from 1 很不满意 to 5 满意."""

    solved: bool
    satisfaction: int


@dataclass(frozen=True)
class Order:
    """``excluded`` is the reason why it is not in the base: duplicate, withdrawn, unreachable, not_ours; or empty."""

    contacted_in_time: bool
    answers: tuple[Answer, ...] = ()
    excluded: str = ""


@dataclass(frozen=True)
class ThreeRates:
    """``base`` orders after ``excluded`` (reason → how many); ``score`` is None when a rate is suppressed."""

    base: int
    excluded: dict[str, int]
    response: Rate
    resolution: Rate
    satisfaction: Rate

    @property
    def score(self) -> float | None:
        """S = 0.2 × response + 0.4 × resolution + 0.4 × satisfaction, 0–1."""
        shares = (self.response.share, self.resolution.share, self.satisfaction.share)
        if any(share is None for share in shares):
            return None
        return sum(weight * (share or 0) for weight, share in zip(WEIGHTS, shares, strict=True))


def three_rates(orders: Iterable[Order], *, satisfied_from: int = SATISFIED_FROM) -> ThreeRates:
    """``satisfied_from`` is the switch whether 一般 (3) counts as satisfied; it does not by default."""
    orders = list(orders)
    base = [order for order in orders if not order.excluded]
    answers = [answer for order in base for answer in order.answers]
    return ThreeRates(
        base=len(base),
        excluded=dict(Counter(order.excluded for order in orders if order.excluded)),
        response=Rate(sum(order.contacted_in_time for order in base), len(base)),
        resolution=Rate(sum(answer.solved for answer in answers), len(answers)),
        satisfaction=Rate(sum(answer.satisfaction >= satisfied_from for answer in answers), len(answers)),
    )
