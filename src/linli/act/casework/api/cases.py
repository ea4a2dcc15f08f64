"""``/cases``: staff's work, one verb of the state table a call."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from linli.act.casework import actions, queries
from linli.act.casework.api.shapes import (
    READ_REFUSED,
    REFUSED,
    CaseRow,
    RatingOut,
    actor_in_community,
    case_row,
    rating_out,
)
from linli.act.casework.models import Case, State
from linli.act.casework.rules.spending import HIGHEST_FEN, MOST_MINUTES
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotFound

router = Router(tags=["cases"])

BIGGEST_ID = 2**63 - 1
PAGE = 50
Verb = Literal[tuple(actions.VERBS)]  # type: ignore[valid-type]


class CaseList(Schema):
    items: list[CaseRow]
    total: int
    page: int


class VerbOut(Schema):
    verb: str
    label: str
    needs: list[str] = Field(description="fields that must be given")


class EntryOut(Schema):
    at: datetime
    verb: str
    sentence: str
    text: str
    by: str
    public: bool
    photo_ids: list[int]


class ReporterOut(Schema):
    """Name and phone are masked."""

    request_id: int
    words: str
    name: str
    phone: str
    channel: str
    said_at: datetime
    photo_ids: list[int]
    withdrawn: bool
    rating: RatingOut | None


class CheckOut(Schema):
    """One row of the checklist: ``state`` is open, done or waived."""

    check_id: int
    words: str
    required: bool
    state: str
    who: str
    at: datetime | None


class CaseDone(CaseRow):
    """The case after a verb. Its history and reporters are at ``GET /cases/{id}``."""

    result: str
    verbs: list[VerbOut]


class CaseOut(CaseDone):
    timeline: list[EntryOut]
    reporters: list[ReporterOut]
    checks: list[CheckOut]
    explanation: list[str] = Field(description="how the deadline was reached")


class VerbIn(Schema):
    """Give the fields that the verb needs (see ``verbs`` of the case) and the ``version`` that you saw."""

    version: int | None = Field(None, ge=0, le=2**31 - 1)
    text: str | None = Field(None, max_length=2000)
    reason: str | None = Field(None, max_length=2000)
    reason_code: str | None = Field(None, max_length=24)
    result: str | None = Field(None, max_length=2000)
    outcome: str | None = Field(None, description="fixed, cannot, not_ours or no_longer_needed")
    finding: str | None = Field(
        None,
        description="of the case's warnings: true, false, technical, away or refused; feed_back needs it as long as nobody has said it of one of them",
    )
    on_site: bool | None = Field(
        None,
        description="contact: you are at the place, without which a case that nobody reported has nobody there yet; "
        "feed_back: somebody was there, without which a P0 that still sounds is neither found untrue nor, as long as nobody "
        "has arrived, ended as true",
    )
    review_on: date | None = None
    grid_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    handler_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    account_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    into_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    request_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    category: str | None = Field(None, max_length=6)
    level: str | None = Field(None, max_length=2)
    unit: str | None = Field(None, max_length=64)
    outer_number: str | None = Field(None, max_length=64)
    public: bool | None = None
    photo_ids: list[int] | None = Field(None, max_length=20)
    mention_ids: list[int] | None = Field(
        None, max_length=20, description="accounts of colleagues, for an internal note"
    )
    anyway: str | None = Field(
        None, max_length=200, description="why it is done though a unit outside still works at it"
    )
    check_id: int | None = Field(None, ge=1, le=BIGGEST_ID, description="a row of the case's checklist")
    on: bool | None = Field(None, description="false takes a tick away")
    kind: str | None = Field(None, description="material, work or other")
    name: str | None = Field(None, max_length=60, description="the material, or what was done")
    quantity: Decimal | None = Field(None, description="at most two decimals")
    cost_fen: int | None = Field(None, ge=0, le=HIGHEST_FEN, description="in fen")
    minutes: int | None = Field(None, ge=0, le=MOST_MINUTES)
    spending_id: int | None = Field(None, ge=1, le=BIGGEST_ID)
    solved: bool | None = None
    satisfaction: int | None = Field(None, ge=1, le=5)


@router.get("/cases", response={200: CaseList, **READ_REFUSED}, summary="Cases that you may see, newest first")
def list_cases(
    request: HttpRequest,
    state: str = Query("", description="one or several states, with commas"),
    grid_id: int | None = Query(None, ge=1, le=BIGGEST_ID),
    mine: bool = False,
    q: str = Query("", max_length=100, description="words said, answered or noted, a number, a place: best fit first"),
    page: int = Query(1, ge=1, le=100_000),
):
    states = tuple(part for part in state.split(",") if part)
    unknown = [part for part in states if part not in State.values]
    if unknown:
        raise Invalid("、".join(State.values), code="choice_unknown", field="state")
    actor = actor_in_community(request)
    found = queries.case_keys(actor, states=states, grid_id=grid_id, mine=mine, words=q.replace("\x00", ""))
    shown = queries.in_full(found[(page - 1) * PAGE : page * PAGE], actor)
    seen = queries.readings_of(shown, actor)
    return {
        "items": [case_row(case, actor, seen) for case in shown],
        "total": found.count(),
        "page": page,
    }


@router.get("/cases/{int:case_id}", response={200: CaseOut, **READ_REFUSED}, summary="One case, with what you may do")
def one(request: HttpRequest, case_id: int):
    return _out(_known(case_id), actor_in_community(request))


@router.post("/cases/{int:case_id}/{verb}", response={200: CaseDone, **REFUSED}, summary="Do something with a case")
def perform(request: HttpRequest, case_id: int, verb: Verb, body: VerbIn):  # type: ignore[valid-type]
    """The verbs are those of the state table. Of two people at once one wins; the other gets 409 with who was faster."""
    given = {name: value for name, value in body.dict(exclude={"version"}).items() if value is not None}
    actor = actor_in_community(request)
    case = actions.perform(_known(case_id), verb, actor=actor, version=body.version, **given)
    return _done(queries.load_case(case.pk, actor=actor), actor)


def _known(case_id: int) -> int:
    if case_id > BIGGEST_ID:
        raise NotFound
    return case_id


def _done(case: Case, actor: Actor) -> dict[str, Any]:
    verbs = queries.allowed_verbs(case, actor, now=clock.now())
    return case_row(case, actor, queries.readings_of([case], actor)) | {
        "result": case.result,
        "verbs": [vars(verb) for verb in verbs],
    }


def _out(case_id: int, actor: Actor) -> dict[str, Any]:
    case = queries.load_case(case_id, actor=actor)
    page = queries.case_page(case, actor)
    return _done(case, actor) | {
        "timeline": [
            {
                "at": line.at,
                "verb": line.entry.verb,
                "sentence": line.sentence,
                "text": line.text,
                "by": line.by,
                "public": line.public,
                "photo_ids": [photo.pk for photo in line.photos],
            }
            for line in page.timeline
        ],
        "reporters": [
            {
                "request_id": row.request.pk,
                "words": row.words,
                "name": row.name,
                "phone": row.phone,
                "channel": row.request.channel,
                "said_at": row.said_at,
                "photo_ids": [photo.pk for photo in row.photos],
                "withdrawn": row.withdrawn,
                "rating": rating_out(row.rating) if row.rating else None,
            }
            for row in page.reporters
        ],
        "checks": [
            {
                "check_id": check.pk,
                "words": check.words,
                "required": check.required,
                "state": check.state,
                "who": check.who,
                "at": check.at,
            }
            for check in page.checks
        ],
        "explanation": list(page.explanation),
    }
