"""What residents' pages show of a matter, on top of what casework tells about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from linli.act.casework.models import CaseEntry
from linli.act.casework.queries import MatterLine, MatterPage, TimelineEntry, my_matter, my_matters
from linli.faces.portal.progress import Progress, progress_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Resident

TOLD_BY_STAFF = ("note", "contact", "ask_resident", "feed_back", "resume")


@dataclass(frozen=True)
class Matter:
    """``latest`` is the newest thing that staff wrote for the resident, else a sentence on how far it is."""

    line: MatterLine
    progress: Progress
    latest: str
    changed_at: datetime

    @property
    def asks(self) -> bool:
        """Whether it waits for a word of the resident."""
        return self.line.to_rate or self.line.to_answer

    @property
    def open(self) -> bool:
        return not self.line.ended


def matters_of(resident: Resident, *, actor: Actor) -> list[Matter]:
    """Every matter of one person: first those that wait for a word from them, then open ones, newest first."""
    lines = [line for line in my_matters(actor) if line.request.speaker_id == resident.pk]
    told = _told([line.case.pk for line in lines if line.case])
    matters = [_matter(line, told) for line in lines]
    return sorted(matters, key=lambda m: (not m.asks, not m.open, -m.changed_at.timestamp()))


def matter_of(request_id: int, *, resident: Resident, actor: Actor) -> tuple[Matter, MatterPage]:
    """One matter of ``resident``; raises :class:`NotFound`."""
    page = my_matter(request_id, actor)
    if page.line.request.speaker_id != resident.pk:
        raise NotFound
    return _matter(page.line, _told([page.line.case.pk] if page.line.case else [])), page


def told_in_words(entry: TimelineEntry) -> str:
    """What a person wrote says more than the sentence around it; a bare step is told by its sentence."""
    if not entry.text:
        return entry.sentence
    return entry.text if entry.entry.verb == "note" else f"{entry.sentence}：{entry.text}"


def _told(case_ids: Iterable[int]) -> dict[int, CaseEntry]:
    entries = CaseEntry.objects.filter(case__in=case_ids, public=True, verb__in=TOLD_BY_STAFF).exclude(
        text=""
    )
    return {entry.case_id: entry for entry in entries.order_by("at", "id")}


def _matter(line: MatterLine, told: dict[int, CaseEntry]) -> Matter:
    entry = told.get(line.case.pk) if line.case else None
    withdrawn = line.ended and line.case is not None and line.step < 4
    return Matter(
        line=line,
        progress=progress_of("withdrawn" if withdrawn else line.case.state if line.case else None),
        latest=entry.text if entry and not line.ended else line.sentence,
        changed_at=entry.at if entry else line.said_at,
    )
