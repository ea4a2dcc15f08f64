"""The risk matrix of an impact assessment. Pure.

After GB/T 39335-2020 (个人信息安全影响评估指南): how likely an event is and how much it would harm the people concerned, in
four steps each, give one of four levels. The product's bounds are ours and stand in :func:`level`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RISKS = ("watched", "habits", "misuse", "leak", "wrong", "shut_out")
"""What may happen to people: feeling watched; a life's rhythm read from it; staff looking without reason; strangers
getting hold of it; a wrong conclusion; somebody shut out or left without help."""

STEPS = range(1, 5)
LEVELS = ("low", "medium", "high", "severe")
ACCEPTABLE = frozenset({"low", "medium"})


@dataclass(frozen=True)
class Rated:
    """One risk: likelihood and harm from 1 to 4, before and after ``measure``."""

    likelihood: int
    harm: int
    measure: str
    likelihood_after: int
    harm_after: int

    @property
    def before(self) -> str:
        return level(self.likelihood, self.harm)

    @property
    def after(self) -> str:
        return level(self.likelihood_after, self.harm_after)


def level(likelihood: int, harm: int) -> str:
    """low up to 3, medium up to 6, high up to 9, severe above; raises :class:`ValueError` outside 1 to 4."""
    if likelihood not in STEPS or harm not in STEPS:
        raise ValueError("likelihood and harm go from 1 to 4")
    product = likelihood * harm
    return LEVELS[0] if product <= 3 else LEVELS[1] if product <= 6 else LEVELS[2] if product <= 9 else LEVELS[3]


def trouble_with(rated: Mapping[str, Rated]) -> tuple[str, str] | None:
    """(code, risk) of the first thing that is not thought through; ``None`` when the matrix is whole.

    ``unrated``: a risk was left out. ``no_measure``: nothing is done about a risk that is not low.
    ``unexplained``: it falls without anything being done. ``grows``: it is higher afterwards.
    """
    for key in RISKS:
        risk = rated.get(key)
        if risk is None:
            return "unrated", key
        if not risk.measure.strip():
            if risk.before != "low":
                return "no_measure", key
            if (risk.likelihood_after, risk.harm_after) != (risk.likelihood, risk.harm):
                return "unexplained", key
        if LEVELS.index(risk.after) > LEVELS.index(risk.before):
            return "grows", key
    return None


def worst(rated: Mapping[str, Rated]) -> str:
    """The highest level that remains after the measures."""
    return max((risk.after for risk in rated.values()), key=LEVELS.index, default="low")
