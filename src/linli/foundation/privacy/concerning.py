"""What a protected field may be needed for: each domain says whether a piece of its work concerns a resident.

Requests, warnings and cases are above this layer, so each registers one function when it starts.
"""

from __future__ import annotations

from typing import Protocol

from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Resident


class Concerns(Protocol):
    def __call__(self, pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
        """Whether the reader may see the work and it is about the resident.

        In an ``emergency`` it must be one (danger to life), and is then about everybody in the building: who hurries to
        a fire must find them all.
        """
        ...


_kinds: dict[str, Concerns] = {}


def work_of(kind: str, concerns: Concerns) -> None:
    """Declare a kind of work; its name once only."""
    if kind in _kinds:
        raise RuntimeError(f"{kind} has already said whom it concerns")
    _kinds[kind] = concerns


def concerns(about: str, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether ``about`` (``case:123``) names work that concerns the resident; of an undeclared kind, none does."""
    kind, _, number = about.partition(":")
    return kind in _kinds and _kinds[kind](int(number), resident, reader, emergency=emergency)
