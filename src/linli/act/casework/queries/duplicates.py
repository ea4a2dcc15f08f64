"""Cases that may be the same matter, with the evidence for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet, prefetch_related_objects

from linli.act.casework.models import ENDED, UNFINISHED, Case, Level
from linli.act.casework.queries.worklists import case_rows
from linli.act.casework.rules.duplicates import Likeness, Matter, likeness
from linli.foundation.accounts.actor import Actor
from linli.understand.triage.nearness import ORDINARY_GAP, allowed_gap

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


def told_otherwise(case: Case, actor: Actor) -> list[Case]:
    """What people say of a trouble that a device has told, and the other way round: unfinished cases of the other kind that
    ``actor`` may see and that do not rest, the newest first, at most five. They share no words, so the place and the matter must agree: the same
    category in the same building, or danger to life in the same home or at the same facility (``domain.md`` §2.5).
    """
    if case.building_id is None and case.home_id is None and case.facility_id is None:
        return []
    same_spot = Q(facility=case.facility_id, facility__isnull=False) | Q(home=case.home_id, home__isnull=False)
    same = Q(category=case.category) & (same_spot | Q(building=case.building_id, building__isnull=False))
    if case.level == Level.P0:
        same |= Q(level=Level.P0) & same_spot
    gap = allowed_gap(case, case)
    others = (
        _of_the_other_kind(case, actor)
        .filter(
            same, state__in=UNFINISHED, paused_at=None, opened_at__range=(case.opened_at - gap, case.opened_at + gap)
        )
        .exclude(pk=case.pk)
    )
    return [one for one in others.order_by("-opened_at", "-pk") if _may_be_one_spot(case, one)][:SHOWN_AT_MOST]


def _of_the_other_kind(case: Case, actor: Actor) -> QuerySet[Case]:
    rows = case_rows(actor).prefetch_related("joined__request__photos")
    if case.warning_id is None:
        return rows.filter(warning__isnull=False)
    return rows.filter(warning=None, somebody_said_it=True)


def _may_be_one_spot(one: Case, other: Case) -> bool:
    """Two facilities, or two homes, that are both known and differ are two matters; but who calls for help lives next door."""
    pairs = [(one.facility_id, other.facility_id)]
    if Level.P0 not in (one.level, other.level):
        pairs.append((one.home_id, other.home_id))
    return all(left is None or right is None or left == right for left, right in pairs)


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
