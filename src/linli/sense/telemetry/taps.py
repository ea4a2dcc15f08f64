"""Taps: who wants to see newly accepted observations while they are being stored.

``register("warnings", look)`` in an ``AppConfig.ready``; ingest then calls ``look(observations)`` inside the storing
transaction and under the community's scope, with the observations that are new (never a repeated one, nor old ones that
a person brought, such as a file of last month's), oldest first. What a tap writes is committed together with what it saw, so a crash can neither lose nor double it.
A tap that raises is rolled back to its own savepoint, logged and counted; storing goes on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

log = logging.getLogger(__name__)


class Observed(NamedTuple):
    """One accepted observation; ``time`` is aware UTC at millisecond precision, ``value`` in the metric's unit."""

    device_id: int
    device_code: str
    device_type: str
    metric: str
    time: datetime
    value: float


Tap = Callable[[Sequence[Observed]], None]


class _Registered(NamedTuple):
    look: Tap
    device_types: frozenset[str] | None
    urgent_types: frozenset[str]


registered: dict[str, _Registered] = {}
failures: Counter[str] = Counter()
"""How often each tap has raised in this process."""


def register(
    name: str, look: Tap, *, device_types: frozenset[str] | None = None, urgent_types: frozenset[str] = frozenset()
) -> None:
    """Call ``look`` for every new batch, or only with observations of ``device_types`` when they are given.

    Devices of ``urgent_types`` may call for help: in a backlog they are read before the others, so that no tap may depend on
    the order between what they say and what devices of other types do.
    """
    if name in registered:
        raise RuntimeError(f"tap {name} registered twice")
    registered[name] = _Registered(look, device_types, urgent_types)


def wanted_types() -> frozenset[str] | None:
    """The device types that some tap looks at; ``None`` when one looks at all of them."""
    wanted: set[str] = set()
    for tap in registered.values():
        if tap.device_types is None:
            return None
        wanted |= tap.device_types
    return frozenset(wanted)


def urgent_types() -> frozenset[str]:
    """The device types that some tap must see without delay."""
    return frozenset().union(*(tap.urgent_types for tap in registered.values()))


def show(observations: Sequence[Observed]) -> None:
    """Let every tap see ``observations`` of one community; must run inside the storing transaction and its scope."""
    in_order = sorted(observations, key=lambda seen: seen.time)
    for name, tap in registered.items():
        kept = in_order if tap.device_types is None else [o for o in in_order if o.device_type in tap.device_types]
        if not kept:
            continue
        try:
            with transaction.atomic():
                tap.look(kept)
        except Exception:
            failures[name] += 1
            log.exception("tap %s failed on %d observations; they are stored without it", name, len(kept))
