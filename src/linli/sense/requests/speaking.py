"""In whose name an actor may speak."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor


def residents_spoken_for(actor: Actor) -> frozenset[int]:
    """Residents for whom ``actor`` may file, read and rate: itself, its wards, and principals whose authority covers it."""
    return actor.residents_for("requests")
