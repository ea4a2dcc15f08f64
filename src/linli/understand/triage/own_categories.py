"""The active community's categories: read once a request and thread, because every row of a list asks for their names."""

from __future__ import annotations

import threading
import time

from django.core.signals import request_started

from linli.foundation.tenancy import NoCommunityScope, active_community_id
from linli.understand.triage.taxonomy import Category, Change, changed, shipped

STAYS_SECONDS = 5.0
"""Between requests (in the worker) a change made elsewhere is seen after so long."""

_kept = threading.local()


def of_active_community() -> dict[str, Category]:
    """As shipped, with the community's own changes; as shipped alone outside one community's scope."""
    try:
        community = active_community_id()
    except NoCommunityScope:
        return shipped()
    known: dict[int, tuple[float, dict[str, Category]]] = getattr(_kept, "known", None) or {}
    _kept.known = known
    read = known.get(community)
    if read is None or time.monotonic() - read[0] > STAYS_SECONDS:
        read = known[community] = (time.monotonic(), changed(shipped(), _changes()))
    return read[1]


def forget(**_signal: object) -> None:
    """Read again when asked next: a new request has begun, or this thread has changed something."""
    _kept.known = {}


def _changes() -> tuple[Change, ...]:
    from linli.understand.triage.models import OwnCategory

    rows = OwnCategory.objects.values_list("code", "zh", "en", "retired_at", "successor")
    return tuple(Change(code, zh, en, at is not None, successor) for code, zh, en, at, successor in rows)


request_started.connect(forget, dispatch_uid="linli.triage.own_categories")
