"""Sensitive kinds of device: each layer that knows devices registers those that tell of people.

``sense/telemetry`` registers its types when it starts; this layer knows no device, only what must be said of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise


@dataclass(frozen=True)
class Kind:
    """``key`` is the device type. ``metrics`` are all that it can say, with labels.

    ``sees``: it has an eye, so it may say counts and events only, by zone, and never hang where 国务院令799号 forbids it.
    ``opens``: it lets people in, so its ways in are declared. ``bodily``: what it says is health data (PIPL art. 28).
    ``why`` is what it is for in its own words, where a purpose that it shares with others speaks of those; else empty.
    """

    key: str
    label: str | Promise
    metrics: Mapping[str, str | Promise] = field(default_factory=dict)
    sees: bool = False
    opens: bool = False
    bodily: bool = False
    why: str | Promise = ""


_kinds: dict[str, Kind] = {}


def sensitive(kind: Kind) -> None:
    """Register a kind; its key once only."""
    if kind.key in _kinds:
        raise RuntimeError(f"the sensitive kind {kind.key} is there already")
    _kinds[kind.key] = kind


def kind_of(key: str) -> Kind | None:
    return _kinds.get(key)


def kinds() -> tuple[Kind, ...]:
    """All of them, in the order in which they were registered."""
    return tuple(_kinds.values())


def is_sensitive(device_type: str) -> bool:
    return device_type in _kinds
