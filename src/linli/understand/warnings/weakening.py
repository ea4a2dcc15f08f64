"""Whether a change lets a rule say less: it is off, or off for longer, or it speaks later or more seldom. Pure.

Compared with what holds, not with what is shipped: who takes back what somebody has sharpened weakens too. A number
whose way is not said, and the days, count whichever way they move.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from linli.understand.warnings.shipped import DANGER, Shipped

OFF = "on"
"""Stands for the switch among the names of settings."""


def held_whole(shipped: Shipped, held: Mapping[str, Any]) -> dict[str, Any]:
    """``on``, ``off_until`` and all ``settings`` of what a record of a change holds; a number that it does not name was as
    shipped, since records of old name only those that people had changed, and no end."""
    settings = {**shipped.configured.settings, **held["settings"]}
    return {"on": held["on"], "settings": settings, "off_until": held.get("off_until")}


def weakened(shipped: Shipped, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the settings by which ``after`` says less than ``before``, :data:`OFF` first where it no longer watches or
    watches again later.

    Both hold ``on`` and all ``settings``, and ``off_until`` where there is an end.
    """
    names = [OFF] if not after["on"] and (before["on"] or _longer(before, after)) else []
    was, then = before["settings"], after["settings"]
    return names + [name for name in then if then[name] != was.get(name) and _less(shipped, name, was, then)]


def needs_two(shipped: Shipped, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the change needs a reason and a second person: it weakens a rule about danger to life."""
    return shipped.configured.level == DANGER and bool(weakened(shipped, before, after))


def _longer(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Without an end is longest."""
    was, then = before.get("off_until"), after.get("off_until")
    return was is not None and (then is None or datetime.fromisoformat(then) > datetime.fromisoformat(was))


def _less(shipped: Shipped, name: str, was: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    setting = shipped.settings.get(name)
    if setting is None or not setting.weaker or name not in was:
        return True
    return then[name] > was[name] if setting.weaker == "higher" else then[name] < was[name]
