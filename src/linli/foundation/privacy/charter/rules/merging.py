"""Bringing two changes of the same charter together: what one wrote and what meanwhile came into force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linli.foundation.privacy.charter.rules.document import PARTS, Document, Facts, by_key


@dataclass(frozen=True)
class Clash:
    """Both changed the same part of the same purpose; ``part`` is empty where one removed what the other changed."""

    key: str
    part: str = ""


def merge(base: Sequence[Facts], mine: Sequence[Facts], theirs: Sequence[Facts]) -> tuple[Document, tuple[Clash, ...]]:
    """``theirs`` with what ``mine`` changed since ``base``, and where both changed the same.

    At a clash of words mine is kept for its author to look at again; a purpose that either side removed stays removed.
    """
    bases, own, others = by_key(base), by_key(mine), by_key(theirs)
    merged: Document = []
    clashes: list[Clash] = []
    for key, other in others.items():
        was, is_ = bases.get(key), own.get(key)
        if is_ is None:
            if was is None:
                merged.append(other)
            elif _same(was, other):
                continue
            else:
                clashes.append(Clash(key))
            continue
        facts = dict(other)
        for part in PARTS:
            if was is not None and is_[part] == was[part]:
                continue
            if is_[part] != other[part] and (was is None or other[part] != was[part]):
                clashes.append(Clash(key, part))
            facts[part] = is_[part]
        merged.append(facts)
    for key, facts in own.items():
        if key in others:
            continue
        if key not in bases:
            merged.append(facts)
        elif not _same(bases[key], facts):
            clashes.append(Clash(key))
    return merged, tuple(clashes)


def _same(one: Facts, other: Facts) -> bool:
    return all(one[part] == other[part] for part in PARTS)
