"""``/requests``: say what is wrong, follow it, say whether it helped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from linli.act.casework import actions
from linli.act.casework.api.shapes import READ_REFUSED, REFUSED, RatingOut, actor_in_community, rating_out
from linli.act.casework.models import Case
from linli.act.casework.progress import progress_of
from linli.act.casework.queries.residents import requests_with_case
from linli.foundation.errors import NotFound
from linli.sense.requests.actions import Caller, Place
from linli.sense.requests.models import Request
from linli.sense.requests.queries import load_request

router = Router(tags=["requests"])

BIGGEST_ID = 2**63 - 1
PAGE = 50


class RequestIn(Schema):
    """The place is one of home, building, facility or a pin ``x``, ``y``; without any, the speaker's home."""

    words: str = Field("", description="as said, at most 2,000 characters; may be empty beside a photo")
    channel: str = Field("api", description="portal, phone, desk, door, paper, group_chat, hotline or api")
    home_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    building_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    facility_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    x: float | None = Field(None, description="metres east in the community's frame", ge=-1e6, le=1e6)
    y: float | None = Field(None, description="metres north in the community's frame", ge=-1e6, le=1e6)
    speaker_id: int | None = Field(None, ge=1, le=BIGGEST_ID, description="resident who says it; default: yourself")
    speaker_name: str = Field("", max_length=64, description="a caller outside the registry; staff only")
    speaker_phone: str = Field("", max_length=20, description="the caller's number; staff only")
    photo_ids: list[int] = Field(default_factory=list, max_length=20, description="ids from POST /photos, at most six")
    said_at: datetime | None = Field(None, description="with time zone; default: now")
    client_key: str = Field("", max_length=64, description="made by you: the same key is one request")
    outer_number: str = Field("", max_length=64, description="number in the system it came from; staff only")


class RequestOut(Schema):
    id: int
    words: str
    channel: str
    said_at: datetime
    received_at: datetime
    home_id: int | None
    building_id: int | None
    facility_id: int | None
    x: float | None
    y: float | None
    speaker_id: int | None
    outer_number: str
    photo_ids: list[int]
    case_id: int | None
    case_number: str | None = Field(description="tell it to the person")
    case_state: str | None
    progress: str = Field(description="how far it is, one plain sentence")
    rating: RatingOut | None


class Received(RequestOut):
    danger: str | None = Field(description="a sign of danger to life: show 110, 119 and 120 at once")
    repeated: bool = Field(description="the same client_key or outer number had filed it before")


class RequestPage(Schema):
    items: list[RequestOut]
    total: int
    page: int


class RatingIn(Schema):
    solved: bool
    satisfaction: int = Field(ge=1, le=5, description="1 very dissatisfied … 5 satisfied")
    reason: str = Field("", max_length=2000)


@router.post("/requests", response={200: Received, 201: Received, **REFUSED}, summary="Say what is wrong")
def file(request: HttpRequest, body: RequestIn):
    """Answers 201 and the number of its case; 200 when the same key had filed it before."""
    received = actions.receive(
        body.words,
        actor=actor_in_community(request),
        channel=body.channel,
        place=Place(body.home_id, body.building_id, body.facility_id, body.x, body.y),
        speaker_id=body.speaker_id,
        caller=Caller(body.speaker_name, body.speaker_phone),
        photo_ids=body.photo_ids,
        said_at=body.said_at,
        client_key=body.client_key,
        outer_number=body.outer_number,
    )
    answer = _out(received.request, received.case) | {
        "danger": received.danger.sign if received.danger else None,
        "repeated": received.repeated,
    }
    return (200 if received.repeated else 201), answer


@router.get("/requests", response={200: RequestPage, **READ_REFUSED}, summary="Requests that you may see, newest first")
def list_requests(request: HttpRequest, page: int = Query(1, ge=1, le=100_000)):
    rows = requests_with_case(actor_in_community(request))
    return {
        "items": [_out(row, _case(row)) for row in rows[(page - 1) * PAGE : page * PAGE]],
        "total": rows.count(),
        "page": page,
    }


@router.get("/requests/{int:request_id}", response={200: RequestOut, **READ_REFUSED}, summary="One request")
def one(request: HttpRequest, request_id: int):
    if request_id > BIGGEST_ID:
        raise NotFound
    row = requests_with_case(actor_in_community(request)).filter(pk=request_id).first()
    if row is None:
        raise NotFound
    return _out(row, _case(row))


@router.post("/requests/{int:request_id}/rating", response={201: RatingOut, **REFUSED}, summary="Say whether it helped")
def rate(request: HttpRequest, request_id: int, body: RatingIn):
    """Once after each feedback. Not solved, or satisfaction 1–2, opens the case again. The handler is refused."""
    if request_id > BIGGEST_ID:
        raise NotFound
    actor = actor_in_community(request)
    case = _case(load_request(request_id, actor=actor))
    if case is None:
        raise NotFound
    rating = actions.rate(
        case.pk,
        solved=body.solved,
        satisfaction=body.satisfaction,
        reason=body.reason,
        request_id=request_id,
        channel="phone" if actor.is_community_staff else "portal",
        actor=actor,
    )
    return 201, rating_out(rating)


def _case(request: Request) -> Case | None:
    return request.joined.case if hasattr(request, "joined") else None


def _out(request: Request, case: Case | None) -> dict[str, Any]:
    plain = "words channel said_at received_at home_id building_id facility_id x y speaker_id outer_number"
    current = case.reopened_times if case else 0
    answered = case is not None and case.fed_back_at is not None
    rating = next((row for row in request.ratings.all() if row.round == current), None) if answered else None
    return {name: getattr(request, name) for name in plain.split()} | {
        "id": request.pk,
        "photo_ids": [photo.pk for photo in request.photos.all()],
        "case_id": case.pk if case else None,
        "case_number": case.number if case else None,
        "case_state": case.state if case else None,
        "progress": progress_of(case).sentence if case else "",
        "rating": rating_out(rating) if rating else None,
    }
