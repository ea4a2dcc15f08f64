"""Rights through the API: what is held, and requests about it. The copy itself is opened on the page, after a fresh code."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Router, Schema
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.holdings import held_about
from linli.foundation.privacy.proxy_reading import note_reading
from linli.foundation.privacy.queries import resident_for
from linli.foundation.privacy.retention_words import kept_until
from linli.foundation.privacy.rights import actions, queries
from linli.foundation.privacy.rights.actions.asking import Asked

router = Router(tags=["rights"])

KindName = Literal["copy", "correction", "deletion", "explanation", "objection"]


class HeldOut(Schema):
    key: str
    title: str
    words: str
    sources: list[str]
    purposes: list[str]
    kept: str
    newest_at: datetime | None


class RightsIn(Schema):
    kind: KindName
    resident_id: int | None = Field(None, description="whose; the signed-in resident by default")
    words: str = Field("", max_length=2000)
    field: str = Field(
        "",
        max_length=20,
        description="of a correction: name, sex, birth_date, phone, identity_number, care_grade, health, address, living_alone",
    )
    wanted: str = Field("", max_length=200, description="of a correction: what is right")
    about: str = Field("", max_length=64, description="access_record:12, warning:3 or case:7")
    purpose: str = Field("", max_length=40, description="of an objection: the purpose objected to")
    client_key: str = Field("", max_length=64, description="made by the sender: the same key is one request")


class RightsForSomebodyIn(RightsIn):
    channel: Literal["desk", "phone", "door", "paper"]
    evidence: str = Field(max_length=200, description="how staff knew who asked")
    relative: bool = Field(False, description="a near relative of somebody who died (PIPL art. 49)")


class RightsOut(Schema):
    id: int
    number: str
    kind: KindName
    state: Literal["received", "in_hand", "done", "refused", "withdrawn"]
    resident_id: int | None
    opened_at: datetime
    due_at: datetime
    extended_at: datetime | None
    ended_at: datetime | None
    answer: str
    refusal: str
    before: str
    after: str


@router.get(
    "/my/information", response=list[HeldOut], summary="What is held about me, from where, for what, until when"
)
def my_information(request: ActorRequest, resident_id: int | None = None):
    resident = resident_for(request.actor, resident_id or request.actor.resident_id or 0)
    require(request.actor, "rights.see_holdings", resident)
    note_reading(resident, "information", actor=request.actor)
    return [
        {
            "key": held.key,
            "title": str(held.title),
            "words": str(held.words),
            "sources": list(held.sources),
            "purposes": list(held.purposes),
            "kept": kept_until(held.table),
            "newest_at": held.newest_at,
        }
        for held in held_about(resident, request.actor)
    ]


@router.get("/rights-requests", response=list[RightsOut], summary="Requests about one's own information, newest first")
@paginate(PageNumberPagination, page_size=50)
def rights_requests(request: ActorRequest):
    if request.actor.community_id is None:
        raise NotAllowed
    return queries.requests_of(request.actor)


@router.post("/rights-requests", response={201: RightsOut}, summary="Ask for a copy, correction, deletion, explanation")
def ask(request: ActorRequest, body: RightsIn):
    resident = resident_for(request.actor, body.resident_id or request.actor.resident_id or 0)
    return 201, actions.ask(resident, _asked(body), channel="api", client_key=body.client_key, actor=request.actor)


@router.post("/rights-requests/for-somebody", response={201: RightsOut}, summary="Staff write down what somebody asks")
def ask_for(request: ActorRequest, body: RightsForSomebodyIn):
    resident = resident_for(request.actor, body.resident_id or 0)
    return 201, actions.ask_for(
        resident,
        _asked(body),
        channel=body.channel,
        evidence=body.evidence,
        relative=body.relative,
        client_key=body.client_key,
        actor=request.actor,
    )


@router.get("/rights-requests/{int:rights_id}", response=RightsOut, summary="One request")
def rights_request(request: ActorRequest, rights_id: int):
    return queries.request_for(request.actor, rights_id)


@router.post("/rights-requests/{int:rights_id}/withdraw", response=RightsOut, summary="No longer wanted")
def withdraw(request: ActorRequest, rights_id: int):
    return actions.withdraw(queries.request_for(request.actor, rights_id).pk, actor=request.actor)


def _asked(body: RightsIn) -> Asked:
    return Asked(body.kind, body.words, body.field, body.wanted, body.about, body.purpose)
