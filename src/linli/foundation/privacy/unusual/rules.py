"""When a look at somebody's details is unusual enough that a second person should ask why. Pure.

Each look was allowed: there was work that concerned the person. What remains is curiosity behind a pretext, which shows in
patterns (``domain.md`` §10 asks for audited unmasking; MLPS 2.0, GB/T 22239-2019, 8.1.5.4 for the analysis of audit records).
A rule asks a question and accuses nobody. In danger to life only :data:`MANY` is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAY_BEGINS, DAY_ENDS = time(7), time(21)
OFTEN, OFTEN_WITHIN = 3, timedelta(days=7)
MANY, MANY_WITHIN = 10, timedelta(hours=1)
LISTS, LISTS_WITHIN = 3, timedelta(days=7)


@dataclass(frozen=True)
class Reading:
    """One look: ``at`` in local time; ``same_building`` says that the reader lives where the person lives."""

    resident: int
    about: str
    at: datetime
    emergency: bool
    same_building: bool


def reasons(reading: Reading, earlier: Iterable[Reading]) -> list[str]:
    """Keys of what is unusual about a look, given the same reader's ``earlier`` looks; empty when nothing is.

    ``neighbour``: the reader lives in the person's building. ``night``: before seven or after nine. ``again``: the third
    piece of work within seven days for which the same person was looked at. ``many``: the tenth person within an hour.
    """
    earlier = list(earlier)
    found = []
    if not reading.emergency:
        if reading.same_building:
            found.append("neighbour")
        if not DAY_BEGINS <= reading.at.time() < DAY_ENDS:
            found.append("night")
        if len(_works(reading, earlier)) >= OFTEN:
            found.append("again")
    if len(_people(reading, earlier)) >= MANY:
        found.append("many")
    return found


def reasons_of_list(at: datetime, *, emergency: bool, lists: int) -> list[str]:
    """The same for a list of names that was taken out at ``at``, local time: ``night``, and ``lists`` when it is the third that the
    reader took within seven days."""
    found = ["night"] if not emergency and not DAY_BEGINS <= at.time() < DAY_ENDS else []
    return [*found, "lists"] if lists >= LISTS else found


def _works(reading: Reading, earlier: list[Reading]) -> set[str]:
    return {reading.about} | {
        one.about
        for one in earlier
        if one.resident == reading.resident and not one.emergency and reading.at - one.at <= OFTEN_WITHIN
    }


def _people(reading: Reading, earlier: list[Reading]) -> set[int]:
    return {reading.resident} | {one.resident for one in earlier if reading.at - one.at <= MANY_WITHIN}
