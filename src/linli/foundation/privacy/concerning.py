"""What a protected field may be needed for: each domain says whether a piece of its work concerns a resident.

Requests, warnings and cases are above this layer, so each registers one function when it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
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


Ended = Callable[[int], datetime | None]

_kinds: dict[str, Concerns] = {}
_ends: dict[str, Ended] = {}


def work_of(kind: str, concerns: Concerns, *, ended: Ended | None = None) -> None:
    """Declare a kind of work; its name once only.

    ``ended(pk)`` says when a piece of it was done with, ``None`` while it goes on; without it the work is concerned with nobody
    once it is over.
    """
    if kind in _kinds:
        raise RuntimeError(f"{kind} has already said whom it concerns")
    _kinds[kind] = concerns
    if ended is not None:
        _ends[kind] = ended


def concerns(about: str, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether ``about`` (``case:123``) names work that concerns the resident; of an undeclared kind, none does."""
    kind, _, number = about.partition(":")
    return kind in _kinds and _kinds[kind](int(number), resident, reader, emergency=emergency)


def ended(about: str) -> datetime | None:
    """When the work was done with; ``None`` while it goes on."""
    kind, _, number = about.partition(":")
    return _ends[kind](int(number)) if kind in _ends else None
