"""Which of the times that a rule speaks with other numbers are the ones it speaks with now, which are new. Pure.

Two times are one when they are about the same thing and the same thing going on: what they tell began at the same moment,
or the stretches from speaking to its end overlap. With a longer duration a rule speaks later about the same smoke.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Episode:
    """Once that a rule speaks, at ``at``; ``about`` is what of, ``over`` when it ends or speaks again, ``source`` whose
    memory it speaks from."""

    source: str
    about: str
    device: int
    at: datetime
    over: datetime
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """Indices: ``new`` into what it would say after the change, ``gone`` into what it says now; ``kept`` counts the rest."""

    kept: int
    new: frozenset[int]
    gone: frozenset[int]


def compare(now: Sequence[Episode], after: Sequence[Episode]) -> Compared:
    """Each time at most once; earlier ones are matched first."""
    left: dict[str, list[int]] = {}
    for n in sorted(range(len(now)), key=lambda n: now[n].at):
        left.setdefault(now[n].about, []).append(n)
    new: set[int] = set()
    for n in sorted(range(len(after)), key=lambda n: after[n].at):
        told = left.get(after[n].about, [])
        same = next((old for old in told if _same(now[old], after[n])), None)
        if same is None:
            new.add(n)
        else:
            told.remove(same)
    return Compared(len(after) - len(new), frozenset(new), frozenset(n for told in left.values() for n in told))


def _same(one: Episode, other: Episode) -> bool:
    """Of two about the same thing."""
    since = one.evidence.get("since")
    if since is not None and since == other.evidence.get("since"):
        return True
    return one.at <= other.at < one.over or other.at <= one.at < other.over
