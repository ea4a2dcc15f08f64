"""Who noticed a trouble first, the devices or the people: warnings beside requests of the same trouble at the same place.

Pure. The comparison is the paper's own question, from waiting for complaints (被动响应) to discovering (主动发现).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EARLIER, LATER = timedelta(hours=24), timedelta(hours=72)
"""A request this long before or after a warning may speak of the same trouble (domain.md §2.5: 72 hours for urgent ones)."""

_CLASS, _KIND = 2, 4
"""Digits of an event category: class 07 lifts, kind 0701 trapped."""


@dataclass(frozen=True)
class Place:
    """Primary keys; what is not known is None."""

    home: int | None = None
    facility: int | None = None
    building: int | None = None

    def is_at(self, other: Place) -> bool:
        """Whether both may be one place: compared as finely as both are known."""
        for mine, theirs in ((self.home, other.home), (self.facility, other.facility)):
            if mine is not None and theirs is not None:
                return mine == theirs
        return self.building is not None and self.building == other.building


@dataclass(frozen=True)
class Sign:
    """A warning or a request: ``category`` is six digits of the taxonomy."""

    pk: int
    category: str
    place: Place
    at: datetime

    def speaks_of(self, other: Sign) -> bool:
        """Whether this request may be about the trouble of that warning."""
        near = other.at - EARLIER <= self.at <= other.at + LATER
        return near and self.category[:_CLASS] == other.category[:_CLASS] and self.place.is_at(other.place)


@dataclass(frozen=True)
class Noticed:
    """``lead`` is how long before the first request the warning came, negative when people were first; None when nobody
    said anything."""

    warning: Sign
    lead: timedelta | None


def noticed(warnings: Sequence[Sign], requests: Sequence[Sign]) -> list[Noticed]:
    """Each warning with its lead, in the order given."""
    found = []
    for one in warnings:
        first = min((said.at for said in requests if said.speaks_of(one)), default=None)
        found.append(Noticed(one, first - one.at if first is not None else None))
    return found


def unseen(requests: Sequence[Sign], warnings: Sequence[Sign], watched: Mapping[str, Sequence[Place]]) -> list[Sign]:
    """Requests about what the rules claim to see, at a place where a device stood, of which no warning told.

    ``watched`` are the places with a device, by the category that the warning of a rule would have had.
    """
    places: dict[str, list[Place]] = {}
    for category, stands in watched.items():
        places.setdefault(category[:_KIND], []).extend(stands)
    return [
        said
        for said in requests
        if any(said.place.is_at(stands) for stands in places.get(said.category[:_KIND], ()))
        and not any(said.speaks_of(one) for one in warnings)
    ]
