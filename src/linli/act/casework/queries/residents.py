"""A resident's own matters in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from linli.act.casework.links import read_rating_link
from linli.act.casework.models import Case, CaseRequest, Outcome, Rating, State
from linli.act.casework.queries.case_page import AllowedVerb, TimelineEntry, allowed_verbs, timeline
from linli.act.casework.wording import PROGRESS, matter_title, place_name, progress
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.requests.models import Request
from linli.sense.requests.queries import requests_visible_to
from linli.sense.requests.speaking import residents_spoken_for


@dataclass(frozen=True)
class MatterLine:
    """One matter on the resident's list. ``step`` counts 1–4 along ``steps``; ``to_rate`` and ``to_answer`` ask for it.

    ``speaker`` is the name of the person it is about when that is not the reader (a proxy's list), else empty.
    """

    request: Request
    case: Case | None
    title: str
    number: str
    step: int
    steps: tuple[str, ...]
    sentence: str
    said_at: datetime
    to_rate: bool
    to_answer: bool
    ended: bool
    speaker: str


@dataclass(frozen=True)
class MatterPage:
    """``timeline`` holds the public lines, newest first; ``question`` is what the resident is asked, if anything."""

    line: MatterLine
    words: str
    place: str
    photos: tuple[Attachment, ...]
    timeline: tuple[TimelineEntry, ...]
    handler: str
    result: str
    outcome: str
    question: str
    rating: Rating | None
    verbs: tuple[AllowedVerb, ...]
    finish_by: datetime | None


@dataclass(frozen=True)
class RatingForm:
    """What the page behind a link in a text message shows; ``rated`` when this round was answered before."""

    community: Community
    number: str
    title: str
    place: str
    outcome: str
    result: str
    rated: Rating | None
    open: bool


def my_matters(actor: Actor) -> list[MatterLine]:
    """Matters of the actor and of those it is proxy of, newest first."""
    now = clock.now()
    return [_line(request, actor) for request in _mine(actor, now).order_by("-said_at", "-id")]


def my_matter(request_id: int, actor: Actor) -> MatterPage:
    """One of them by its request; raises :class:`NotFound`."""
    now = clock.now()
    request = _mine(actor, now).filter(pk=request_id).first()
    if request is None:
        raise NotFound
    line = _line(request, actor)
    case = line.case
    lines = timeline(case, actor) if case is not None else ()
    question = ""
    if case is not None and case.state == State.WAITING_CITIZEN:
        question = next((entry.text for entry in reversed(lines) if entry.entry.verb == "ask_resident"), "")
    return MatterPage(
        line=line,
        words=request.words,
        place=_place(request, case),
        photos=tuple(request.photos.all()),
        timeline=tuple(reversed(lines)),
        handler=case.handler.display_name if case is not None and case.handler is not None else "",
        result=case.result if case is not None else "",
        outcome=str(Outcome(case.outcome).label) if case is not None and case.outcome else "",
        question=question,
        rating=_rating(request, case),
        verbs=allowed_verbs(case, actor, now=now) if case is not None else (),
        finish_by=case.finish_by if case is not None and line.step < 4 and case.paused_at is None else None,
    )


def rating_form(token: str) -> RatingForm:
    """For the page behind the link, without signing in; raises :class:`NotFound` for a bad or old link."""
    link = read_rating_link(token)
    community = Community.objects.filter(pk=link.community_id).first()
    if community is None:
        raise NotFound
    with community_scope(community):
        row = (
            CaseRequest.objects.filter(request_id=link.request_id, withdrawn_at=None)
            .select_related("request", "case__building__estate", "case__facility", "case__warning")
            .first()
        )
        if row is None or row.case.reopened_times < link.round:
            raise NotFound
        case = row.case
        rated = Rating.objects.filter(request_id=link.request_id, round=link.round).first()
        return RatingForm(
            community=community,
            number=case.number,
            title=matter_title(row.request, case),
            place=place_name(case),
            outcome=str(Outcome(case.outcome).label) if case.outcome else "",
            result=case.result,
            rated=rated,
            open=rated is None and case.reopened_times == link.round and case.state in (State.EVALUATING, State.CLOSED),
        )


def _mine(actor: Actor, now: datetime):
    cases = CaseRequest.objects.select_related(
        "case__handler", "case__building__estate", "case__facility", "case__warning", "case__grid"
    )
    return (
        Request.objects.filter(speaker__in=residents_spoken_for(actor, now=now))
        .select_related("speaker", "building__estate", "facility", "home__entrance__building__estate")
        .prefetch_related("photos", "ratings", Prefetch("joined", cases))
    )


def requests_with_case(actor: Actor) -> QuerySet[Request]:
    """Requests that the actor may see, newest first, each with its case, photos and ratings."""
    cases = CaseRequest.objects.select_related("case__handler")
    return requests_visible_to(actor).distinct().prefetch_related("photos", "ratings", Prefetch("joined", cases))


def _line(request: Request, actor: Actor) -> MatterLine:
    row = getattr(request, "joined", None) if _has_joined(request) else None
    case = row.case if row is not None else None
    step, sentence = progress(case) if case is not None else (1, str(PROGRESS[0]))
    ended = case is not None and case.state not in (State.EVALUATING,) and step == 4
    withdrawn = row is not None and row.withdrawn_at is not None
    return MatterLine(
        request=request,
        case=case,
        title=matter_title(request, case),
        number=case.number if case is not None else "",
        step=step,
        steps=tuple(str(name) for name in PROGRESS),
        sentence=sentence,
        said_at=request.said_at,
        to_rate=case is not None
        and case.state == State.EVALUATING
        and not withdrawn
        and _rating(request, case) is None,
        to_answer=case is not None and case.state == State.WAITING_CITIZEN and not withdrawn,
        ended=ended or withdrawn,
        speaker=request.speaker.name if request.speaker and request.speaker_id != actor.resident_id else "",
    )


def _has_joined(request: Request) -> bool:
    return hasattr(request, "joined")


def _rating(request: Request, case: Case | None) -> Rating | None:
    if case is None:
        return None
    return next((rating for rating in request.ratings.all() if rating.round == case.reopened_times), None)


def _place(request: Request, case: Case | None) -> str:
    if request.home is not None and request.facility is None:
        return str(request.home)
    return place_name(case) if case is not None else str(request.building or "")
