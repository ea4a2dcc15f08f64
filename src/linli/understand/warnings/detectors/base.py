"""What a detector is: a pure function from what it remembers and what it sees to what it says.

Memory is JSON and belongs to one source (a device, or a home). A detector is asked when something was observed and,
if it set ``due_at``, when that moment comes; the answer must not depend on how often or how late it is asked, so
that a restart changes nothing.

Each is made from a :class:`Rule`: the numbers, the place and the purpose that turn a general detector into one that
looks for something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from linli.understand.warnings.detectors.schedule import Schedule

Memory = dict[str, Any]
Evidence = dict[str, Any]
Settings = Mapping[str, float | str]


@dataclass(frozen=True)
class Rule:
    """A rule as a detector needs it.

    ``about`` is device or home: what a memory and a warning belong to; with ``type`` all devices of the type share one
    memory and the warning is of the device whose reading caused it. ``also`` are further device types that it hears,
    ``outside_homes`` keeps it out of them. ``purpose`` is the key in
    ``privacy/purposes.toml`` whose consent it needs before it looks into a home, or empty where nobody's home is
    observed; ``elders_alone`` restricts it to homes of elders who live alone. ``settings`` are the numbers that people
    may change, ``facts`` those that belong to the rule: conditions, metrics.
    """

    key: str
    level: str
    about: str
    device_type: str
    purpose: str
    elders_alone: bool
    source: str
    settings: Settings
    facts: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    outside_homes: bool = False
    yields_to: str = ""

    @cached_property
    def device_types(self) -> frozenset[str]:
        return frozenset({self.device_type, *self.also})

    def number(self, name: str) -> float:
        return float(self.settings[name])

    @property
    def told_metrics(self) -> frozenset[str]:
        """What its sentence speaks of and the device says: the rest of it are settings."""
        return frozenset(self.facts.get("tell", ())) - self.settings.keys()

    def schedule(self) -> Schedule:
        """The hours that ``from`` and ``until`` and the kind of ``days`` name; always, without them."""
        return Schedule(
            int(self.settings.get("from", 0)),
            int(self.settings.get("until", 24)),
            str(self.settings.get("days", "all")),
        )


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
    """``metrics`` are the only data it sees; empty: everything that the device says.

    ``by_absence`` says that it warns because nothing came: then it must be known that nothing waits to be stored.
    """

    rule: Rule
    metrics: frozenset[str]
    by_absence: bool

    def observe(self, memory: Memory, seen: Seen) -> Said: ...

    def wake(self, memory: Memory, at: datetime) -> Said:
        """Asked at the ``due_at`` that it set, perhaps long after; must not ask for that moment again."""
        ...


@runtime_checkable
class SeesHomes(Protocol):
    """A detector to which rules of one sign can yield."""

    def sees(self, memory: Memory, device: int, now: datetime) -> bool:
        """Whether it knows the home well enough and hears ``device`` and others in it."""
        ...


def learning(detector: Detector) -> timedelta:
    """How long it must have seen a source before it can speak: the attribute ``learns``, else no time at all."""
    return getattr(detector, "learns", timedelta(0))


def at_midnight(detector: Detector) -> bool:
    """Whether the first readings of each day are all that it takes in."""
    return getattr(detector, "at_midnight", False)


def standing(detector: Detector) -> bool:
    """Whether what a device said last is still so, and what it remembers means the same with other numbers: then a change of
    its numbers judges anew what holds now. The others begin to learn again."""
    return getattr(detector, "standing", False)


def momentary(detector: Detector) -> bool:
    """Whether its devices speak of what happened, not of what is: a button that was pressed is not pressed any more."""
    return getattr(detector, "momentary", False)


BATTERY_LOW = 15
"""Percent under which a reading means nothing (``domain.md`` §5.5)."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def older(memory: Memory, at: datetime) -> bool:
    """A reading from before the newest one: it came late and cannot change what holds now."""
    return "last" in memory and at < moment(memory["last"])


def told_of(rule: Rule, values: Mapping[str, float]) -> Evidence:
    """The values and settings that the rule's sentence speaks of."""
    return {name: values.get(name, rule.settings.get(name)) for name in rule.facts.get("tell", ())}


def hours(span: timedelta) -> float:
    return round(span / timedelta(hours=1), 1)
