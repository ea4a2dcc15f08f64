"""Cases that may be the same matter, with the evidence for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from linli.act.casework.models import ENDED, Case
from linli.act.casework.queries.worklists import case_rows
from linli.act.casework.rules.duplicates import Likeness, Matter, likeness
from linli.foundation.accounts.actor import Actor
from linli.understand.triage.nearness import ORDINARY_GAP

SHOWN_AT_MOST = 5


@dataclass(frozen=True)
class Duplicate:
    """``words`` is what the other case's first speaker said."""

    case: Case
    words: str
    evidence: Likeness


def duplicates_of(case: Case, actor: Actor) -> list[Duplicate]:
    """Candidates among the active cases that ``actor`` may see, most alike first, at most five."""
    others = (
        case_rows(actor)
        .filter(
            category=case.category,
            opened_at__gte=case.opened_at - ORDINARY_GAP,
            opened_at__lte=case.opened_at + ORDINARY_GAP,
            warning=None,
        )
        .exclude(pk=case.pk)
        .exclude(state__in=ENDED)
        .prefetch_related("joined__request__photos")
    )
    prefetch_related_objects([case], "joined__request")
    mine = _matter(case)
    found = []
    for other in others:
        matter = _matter(other)
        if (evidence := likeness(mine, matter)) is not None:
            found.append(Duplicate(other, matter.words, evidence))
    return sorted(found, key=lambda duplicate: -duplicate.evidence.similarity)[:SHOWN_AT_MOST]


def _matter(case: Case) -> Matter:
    requests = sorted((row.request for row in case.joined.all()), key=lambda request: request.said_at)
    place = ("facility", case.facility_id) if case.facility_id else ("building", case.building_id)
    return Matter(
        category=case.category,
        level=case.level,
        words=requests[0].words if requests else case.title,
        at=requests[0].said_at if requests else case.opened_at,
        place=place if place[1] is not None else None,
        x=case.x,
        y=case.y,
    )
