"""Released numbers, and what they cost: nothing in these tables leads to a person."""

from __future__ import annotations

from linli.foundation.privacy.holdings import holds_nothing


def register() -> None:
    holds_nothing(
        ("publishing.Budget", "publishing.LedgerEntry", "publishing.Release", "publishing.Figure"),
        "numbers with noise, and which of the staff proposed and approved them",
    )
