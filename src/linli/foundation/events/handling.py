"""Reacting to events: ``@on("casework.case_opened")`` in an app's ``handlers.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from linli.foundation.events.models import Event

Reaction = Callable[[Event], None]


@dataclass(frozen=True)
class Handler:
    """``name`` identifies the handler across restarts; it must never be reused for another meaning."""

    name: str
    kinds: frozenset[str]
    react: Reaction


registered: dict[str, Handler] = {}


def on(*kinds: str) -> Callable[[Reaction], Reaction]:
    """Deliver every event of these kinds to the function, at least once, in order for one subject.

    The function must be idempotent: it runs inside one transaction with the mark that it ran, under the event's
    community scope, and may be called again after a crash.
    """

    def register(react: Reaction) -> Reaction:
        name = f"{react.__module__}.{react.__qualname__}".removeprefix("linli.")
        if name in registered:
            raise RuntimeError(f"handler {name} registered twice")
        registered[name] = Handler(name, frozenset(kinds), react)
        return react

    return register
