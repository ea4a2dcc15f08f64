"""Why nothing of somebody who is erased is left here."""

from __future__ import annotations

from linli.foundation.privacy.retention.person import spares


def register() -> None:
    spares(
        ("publishing.Budget", "publishing.LedgerEntry", "publishing.Release", "publishing.Figure"),
        "numbers with noise, and which of the staff proposed and approved them",
    )
