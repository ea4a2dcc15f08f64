"""A scripted attack: what it gains against the gate, what it gains without it, and how much is allowed.

``gain`` is the attacker's advantage over guessing: 0 learns nothing, 1 is certain. Of a secret bit it is
2 · P(right) − 1; of a table the share of small cells that are pinned down; of the ledger what was taken beyond what
was granted (as a share of it, at most 1), or 1 when something forbidden was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt, tanh

SIGMAS = 5.5
"""A sampled gain may lie so many standard errors above its bound: one false alarm in millions of runs."""


@dataclass(frozen=True)
class Attack:
    """``run(True)`` attacks the gate, ``run(False)`` the same numbers without it. An attack is real when only the second
    gains more than ``bound``."""

    name: str
    run: Callable[[bool], float]
    bound: float = 0.0

    def __str__(self) -> str:
        return self.name


def held(attack: Attack) -> None:
    """The gate keeps the attacker within the bound, and without the gate the same attack goes beyond it."""
    gained = attack.run(True)
    assert gained <= attack.bound, f"{attack.name}: gained {gained:.3f}, allowed {attack.bound:.3f}"
    without = attack.run(False)
    assert without > attack.bound, f"{attack.name} is no attack: without the gate it gains only {without:.3f}"


def dp_bound(epsilon: int, trials: int) -> float:
    """The most that any attack can gain against ε-differential privacy (``epsilon`` in thousandths): tanh(ε / 2), as
    measured over ``trials``."""
    return tanh(epsilon / 2000) + SIGMAS / sqrt(trials)
