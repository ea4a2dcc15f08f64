"""Periodic work: functions that look at what is due now. ``linli work`` calls them; tests call :func:`run_due`.

A tick states how often it wants to look, in the neighbourhood's time or in real time. It must be idempotent: it may
be called earlier (after a restart) and is not called while the clock is paused.

What waits for a network or takes its time says in which lane it runs: the worker gives each lane a thread, so that it holds
up neither the events nor the calls about danger.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from linli.foundation import clock
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope

log = logging.getLogger(__name__)

Work = Callable[[], object]


class Lane(StrEnum):
    """``MAIN``: events and what reads and writes the database alone. ``CALLS`` and ``MESSAGES``: the gateways of the telephone.
    ``PUSHES``: the push services of browsers. ``SLOW``: mail servers, and queued jobs (speech, papers, copies)."""

    MAIN = "main"
    CALLS = "calls"
    MESSAGES = "messages"
    PUSHES = "pushes"
    SLOW = "slow"


@dataclass(frozen=True)
class Tick:
    """``per_community`` ticks run once inside the scope of each community, one's failure apart from the others'."""

    name: str
    every: timedelta
    work: Work
    per_community: bool
    real_time: bool
    lane: Lane


registered: dict[str, Tick] = {}


def tick(
    every: timedelta, *, per_community: bool = True, real_time: bool = False, lane: Lane = Lane.MAIN
) -> Callable[[Work], Work]:
    """Register a function of no arguments, in an app's ``tasks.py`` that ``AppConfig.ready`` imports."""

    def register(work: Work) -> Work:
        name = f"{work.__module__}.{work.__qualname__}".removeprefix("linli.")
        if name in registered:
            raise RuntimeError(f"tick {name} registered twice")
        registered[name] = Tick(name, every, work, per_community, real_time, lane)
        return work

    return register


class Schedule:
    """When each tick of ``lane`` (of all lanes without one) ran last, in this process."""

    def __init__(self, lane: Lane | None = None) -> None:
        self._lane = lane
        self._last: dict[str, datetime] = {}

    def run_due(self) -> int:
        """Run every tick that is due; returns how many ran. A failing tick is logged and tried again next time."""
        ran = 0
        for due in [one for one in registered.values() if self._lane in (None, one.lane)]:
            now = clock.real_now() if due.real_time else clock.now()
            last = self._last.get(due.name)
            if last is None or now - last >= due.every:
                self._last[due.name] = now
                _run(due)
                ran += 1
        return ran


def run_due() -> None:
    """Run every tick once, now."""
    Schedule().run_due()


def _run(due: Tick) -> None:
    if not due.per_community:
        _guarded(due)
        return
    for community_id in Community.objects.order_by("pk").values_list("pk", flat=True):
        with community_scope(community_id):
            _guarded(due)


def _guarded(due: Tick) -> None:
    try:
        due.work()
    except Exception:
        log.exception("tick %s failed", due.name)
