"""A detector over what one source said, from nothing to the end: for previews and measures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from linli.understand.warnings.detectors.base import Detector, Memory, Said, Seen


def lived(detector: Detector, seen: Iterable[Seen], until: datetime) -> Iterator[tuple[datetime, int, Said]]:
    """When, on account of which device, and what it said: only answers with something to say.

    ``seen`` in the order of time; timers come at their own moment, the last ones up to ``until``.
    """
    memory: Memory = {}
    due: datetime | None = None
    device = 0

    def said(answer: Said, at: datetime) -> Iterator[tuple[datetime, int, Said]]:
        nonlocal memory, due
        memory, due = answer.memory, answer.due_at
        if answer.warning is not None or answer.ended_at is not None or answer.silent_since is not None:
            yield at, device, answer

    for one in seen:
        while due is not None and due <= one.time:
            yield from said(detector.wake(memory, due), due)
        device = one.device
        yield from said(detector.observe(memory, one), one.time)
    while due is not None and due <= until:
        yield from said(detector.wake(memory, due), due)
