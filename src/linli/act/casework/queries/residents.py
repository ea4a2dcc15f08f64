"""A resident's own matters in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from linli.act.casework.links import read_rating_link
from linli.act.casework.models import ENDED, UNFINISHED, Case, CaseEntry, CaseRequest, Outcome, Rating, State
from linli.act.casework.progress import Progress, progress_of
from linli.act.casework.queries.case_page import AllowedVerb, TimelineEntry, allowed_verbs, timeline
from linli.act.casework.wording import matter_title, place_name
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.requests.models import Request, VoiceMessage
from linli.sense.requests.queries import requests_visible_to
from linli.sense.requests.speaking import residents_spoken_for
from linli.sense.requests.voices import shown_words, voice_of

TOLD_BY_STAFF = ("note", "contact", "ask_resident", "feed_back", "resume")


@dataclass(frozen=True)
class MatterLine:
    """One matter on the resident's list; ``to_rate`` and ``to_answer`` ask for a word of theirs.

    ``latest`` is the newest thing that staff wrote for the resident, else a sentence on how far it is. ``speaker`` is
    the name of the person it is about when that is not the reader (a proxy's list), else empty.
    """

    request: Request
    case: Case | None
    title: str
    number: str
    progress: Progress
    said_at: datetime
    changed_at: datetime
    latest: str
    to_rate: bool
    to_answer: bool
    ended: bool
    speaker: str

    @property
    def asks(self) -> bool:
        return self.to_rate or self.to_answer

    @property
    def open(self) -> bool:
        return not self.ended


@dataclass(frozen=True)
class MatterPage:
    """``timeline`` holds the public lines, newest first; ``question`` is what the resident is asked, if anything."""

    line: MatterLine
    words: str
    voice: VoiceMessage | None
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


def my_matters(actor: Actor, *, of: int | None = None) -> list[MatterLine]:
    """Matters of the actor and of those it is proxy of, or only those of the resident ``of``.

    First those that wait for a word from them, then open ones; what changed last stands first.
    """
    requests = list(_mine(actor, clock.now(), of))
    told = _told_by_staff([row.joined.case_id for row in requests if _has_joined(row)])
    lines = [_line(request, actor, told) for request in requests]
    return sorted(lines, key=lambda line: (not line.asks, not line.open, -line.changed_at.timestamp()))


def my_matter(request_id: int, actor: Actor, *, of: int | None = None) -> MatterPage:
    """One of them by its request; raises :class:`NotFound`."""
    now = clock.now()
    request = _mine(actor, now, of).filter(pk=request_id).first()
    if request is None:
        raise NotFound
    line = _line(request, actor, _told_by_staff([request.joined.case_id] if _has_joined(request) else []))
    case = line.case
    lines = timeline(case, actor) if case is not None else ()
    question = ""
    if case is not None and case.state == State.WAITING_CITIZEN:
        question = next((entry.text for entry in reversed(lines) if entry.entry.verb == "ask_resident"), "")
    return MatterPage(
        line=line,
        words=shown_words(request),
        voice=voice_of(request),
        place=_place(request, case),
        photos=tuple(request.photos.all()),
        timeline=tuple(reversed(lines)),
        handler=case.handler.display_name if case is not None and case.handler is not None else "",
        result=case.result if case is not None and (case.outcome or not case.reopened_times) else "",
        outcome=str(Outcome(case.outcome).label) if case is not None and case.outcome else "",
        question=question,
        rating=_rating(request, case),
        verbs=allowed_verbs(case, actor, now=now) if case is not None else (),
        finish_by=case.finish_by if case is not None and case.state in UNFINISHED and case.paused_at is None else None,
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


def _mine(actor: Actor, now: datetime, of: int | None) -> QuerySet[Request]:
    cases = CaseRequest.objects.select_related(
        "case__handler", "case__building__estate", "case__facility", "case__warning", "case__grid"
    )
    spoken_for = residents_spoken_for(actor)
    return (
        Request.objects.filter(speaker__in=spoken_for if of is None else spoken_for & {of})
        .select_related(
            "speaker", "voice", "entered_by", "building__estate", "facility", "home__entrance__building__estate"
        )
        .prefetch_related("photos", "ratings", Prefetch("joined", cases))
    )


def _told_by_staff(case_ids: Iterable[int]) -> dict[int, CaseEntry]:
    """The newest public words of staff, by case."""
    entries = CaseEntry.objects.filter(case__in=case_ids, public=True, verb__in=TOLD_BY_STAFF).exclude(text="")
    return {entry.case_id: entry for entry in entries.order_by("at", "id")}


def requests_with_case(actor: Actor) -> QuerySet[Request]:
    """Requests that the actor may see, newest first, each with its case, photos and ratings."""
    cases = CaseRequest.objects.select_related("case__handler")
    return requests_visible_to(actor).distinct().prefetch_related("photos", "ratings", Prefetch("joined", cases))


def _line(request: Request, actor: Actor, told: dict[int, CaseEntry]) -> MatterLine:
    row = request.joined if _has_joined(request) else None
    case = row.case if row is not None else None
    withdrawn = row is not None and row.withdrawn_at is not None
    ended = withdrawn or (case is not None and case.state in ENDED)
    progress = progress_of(case, withdrawn=withdrawn)
    newest = told.get(case.pk) if case is not None else None
    return MatterLine(
        request=request,
        case=case,
        title=matter_title(request, case),
        number=case.number if case is not None else "",
        progress=progress,
        said_at=request.said_at,
        changed_at=newest.at if newest is not None else request.said_at,
        latest=newest.text if newest is not None and not ended else progress.sentence,
        to_rate=case is not None
        and case.state == State.EVALUATING
        and not withdrawn
        and _rating(request, case) is None,
        to_answer=case is not None and case.state == State.WAITING_CITIZEN and not withdrawn,
        ended=ended,
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
