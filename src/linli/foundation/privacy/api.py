"""Purposes, reveals and consents through the API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Router, Schema
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed
from linli.foundation.files.access import own_photos
from linli.foundation.privacy import door, queries
from linli.foundation.privacy.consents.actions import Evidence, decline
from linli.foundation.privacy.consents.actions import give_consent as agree
from linli.foundation.privacy.consents.actions import withdraw_consent as take_back

router = Router(tags=["privacy"])


class RevealIn(Schema):
    field: Literal["name", "phone", "address", "birth_date", "identity_number", "health", "care_grade"]
    purpose: str = Field(max_length=40)
    about: str = Field(max_length=64, description="the work it is needed for: case:123")


class RevealOut(Schema):
    value: str


class AccessRecordOut(Schema):
    id: int
    resident_id: int
    reader: str
    field: str
    purpose: str
    about: str
    at: datetime


class ConsentIn(Schema):
    purpose: str = Field(max_length=40)
    resident_id: int | None = Field(None, description="whose; the signed-in resident by default")
    channel: Literal["app", "door", "paper", "phone"] = "app"
    evidence: str = Field("", max_length=200, description="in words how it was given; needed from staff")
    photo_ids: list[int] = Field([], max_length=9, description="of the signed paper; needed for the channel paper")
    called_at: datetime | None = Field(None, description="needed for the channel phone")
    read_out: str = Field("", max_length=2000, description="what was read to the person on the telephone")
    guardian_id: int | None = Field(None, description="the registered guardian who decided, for a child under 14")


class DeclineIn(Schema):
    purpose: str = Field(max_length=40)
    resident_id: int | None = Field(None, description="whose; the signed-in resident by default")
    channel: Literal["app", "door", "paper", "phone"] = "app"
    note: str = Field("", max_length=200)


class DeclineOut(Schema):
    id: int
    resident_id: int
    home_id: int
    purpose: str
    declined_at: datetime


class ConsentOut(Schema):
    id: int
    resident_id: int
    home_id: int
    purpose: str
    given_at: datetime
    withdrawn_at: datetime | None


@router.post("/residents/{int:resident_id}/reveal", response=RevealOut, summary="See one protected field, on record")
def reveal(request: ActorRequest, resident_id: int, body: RevealIn):
    resident = queries.resident_for(request.actor, resident_id)
    return {"value": door.reveal(resident, body.field, body.purpose, body.about, actor=request.actor)}


@router.get("/my/access-records", response=list[AccessRecordOut], summary="Who looked at me, newest first")
@paginate(PageNumberPagination, page_size=50)
def my_access_records(request: ActorRequest):
    _need_community(request)
    return queries.looks_at(request.actor)


@router.get("/my/consents", response=list[ConsentOut], summary="What I agreed to")
@paginate(PageNumberPagination, page_size=50)
def my_consents(request: ActorRequest):
    _need_community(request)
    return queries.consents_of(request.actor)


@router.post("/consents", response={201: ConsentOut}, summary="Agree to a purpose")
def give_consent(request: ActorRequest, body: ConsentIn):
    resident = queries.resident_for(request.actor, body.resident_id or request.actor.resident_id or 0)
    guardian = queries.resident_for(request.actor, body.guardian_id) if body.guardian_id is not None else None
    evidence = Evidence(
        note=body.evidence,
        photos=own_photos(request.actor, body.photo_ids),
        called_at=body.called_at,
        read_out=body.read_out,
    )
    return 201, agree(
        resident, body.purpose, channel=body.channel, evidence=evidence, guardian=guardian, actor=request.actor
    )


@router.post("/consents/decline", response={201: DeclineOut}, summary="Say no to a purpose; ends what was agreed to")
def decline_consent(request: ActorRequest, body: DeclineIn):
    resident = queries.resident_for(request.actor, body.resident_id or request.actor.resident_id or 0)
    return 201, decline(resident, body.purpose, channel=body.channel, note=body.note, actor=request.actor)


@router.post("/consents/{int:consent_id}/withdraw", response=ConsentOut, summary="Take a consent back")
def withdraw_consent(request: ActorRequest, consent_id: int):
    return take_back(queries.consent_for(request.actor, consent_id), actor=request.actor)


def _need_community(request: ActorRequest) -> None:
    if request.actor.community_id is None:
        raise NotAllowed
