"""For whom an actor may see and ask about information: itself, its wards, and principals that let it do that."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor

SCOPE = "privacy"


def residents_answered_for(actor: Actor) -> frozenset[int]:
    """Primary keys of those residents; one who only reports for somebody may not."""
    return actor.residents_for(SCOPE)
