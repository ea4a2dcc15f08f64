"""When a case must be accepted, its speaker reached, and the matter finished (``domain.md`` §2.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from linli.foundation.lifecycle.working_time import Deadline, Limit

Pause = tuple[datetime, datetime]


@dataclass(frozen=True)
class Reckoned:
    """Three deadlines, each with its account. The clock of ``contact`` and ``finish`` stands still in pauses."""

    accept: Deadline
    contact: Deadline
    finish: Deadline


def reckon(
    limits: Mapping[str, Limit],
    *,
    opened_at: datetime,
    clock_from: datetime,
    contact_from: datetime | None = None,
    pauses: Sequence[Pause] = (),
    extension: Limit | None = None,
) -> Reckoned:
    """``limits`` of accept, contact and finish; the first two count from the opening, ``finish`` from ``clock_from``; ``contact``
    from ``contact_from`` where somebody waits for it only since then.

    Pauses come in order of time. ``extension`` of the finish, in its own unit, is counted on from its last day.
    """
    limits = dict(limits)
    if extension is not None:
        if extension.unit != limits["finish"].unit:
            raise ValueError("an extension is counted like what it extends")
        limits["finish"] = replace(limits["finish"], amount=limits["finish"].amount + extension.amount)

    def due(step: str, start: datetime) -> Deadline:
        limit = limits[step]
        deadline = limit.due_from(start)
        for began, ended in _since(start, pauses):
            shifted = limit.after_pause(deadline.due_at, began, ended)
            before = tuple(part for part in deadline.parts if part.kind != "due")
            deadline = replace(
                shifted, parts=before + shifted.parts, calendar_known=deadline.calendar_known and shifted.calendar_known
            )
        return deadline

    return Reckoned(
        accept=limits["accept"].due_from(opened_at),
        contact=due("contact", contact_from or opened_at),
        finish=due("finish", clock_from),
    )


def _since(start: datetime, pauses: Sequence[Pause]) -> Iterable[Pause]:
    return ((max(began, start), ended) for began, ended in pauses if ended > start)
