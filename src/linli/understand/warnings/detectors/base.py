"""What a detector is: a pure function from what it remembers and what it sees to what it says.

Memory is JSON and belongs to one source (a device, or a home). A detector is asked when something was observed and,
if it set ``due_at``, when that moment comes; the answer must not depend on how often or how late it is asked, so
that a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Memory = dict[str, Any]
Evidence = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What one device said at one time: values by metric. ``time`` is aware UTC, ``device`` a primary key."""

    device: int
    time: datetime
    values: Mapping[str, float]


@dataclass(frozen=True)
class Said:
    """The detector's answer.

    ``warning`` is evidence of a condition that holds and was not yet reported in this episode; ``ended_at`` says that
    a reported condition is over; ``silent_since`` that the device owes readings (a matter of repair, not a warning).
    """

    memory: Memory
    due_at: datetime | None = None
    warning: Evidence | None = None
    ended_at: datetime | None = None
    silent_since: datetime | None = None


class Detector(Protocol):
    """``about`` is device or home: what a memory and a warning belong to.

    ``metrics`` are the only data it sees. ``purpose`` is the key in ``privacy/purposes.toml`` whose consent it needs
    before it looks into a home, or empty where nobody's home is observed; ``elders_alone`` restricts it to homes of
    elders who live alone.
    """

    key: str
    level: str
    about: str
    device_type: str
    metrics: frozenset[str]
    purpose: str
    elders_alone: bool
    source: str

    def observe(self, memory: Memory, seen: Seen) -> Said: ...

    def wake(self, memory: Memory, at: datetime) -> Said:
        """Asked at the ``due_at`` that it set, perhaps long after; must not ask for that moment again."""
        ...


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
