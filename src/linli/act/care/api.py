"""Rounds and visits through the API."""

from __future__ import annotations

from datetime import date

from ninja import Router, Schema
from pydantic import Field

from linli.act.care import actions, queries
from linli.act.care.models import Round, Visit
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.queries import resident_for

router = Router(tags=["care"])


class RoundIn(Schema):
    purpose: str = Field(max_length=40, description="what the person does not want to be sensed for")
    resident_id: int | None = Field(None, description="whose; the signed-in resident by default")


class RoundOut(Schema):
    id: int
    resident_id: int
    kind: Round.Kind
    every_days: int
    instead_of: str


class VisitOut(Schema):
    id: int
    resident_id: int
    kind: Round.Kind
    due_on: date
    late: int = Field(description="days since it was due; negative before")


class FoundIn(Schema):
    note: str = Field("", max_length=200)


class FoundOut(Schema):
    id: int
    state: Visit.State
    request_id: int | None = Field(description="what was opened because nobody answered")


@router.post("/care/rounds", response={201: RoundOut}, summary="Be looked in on by people instead of a sensor")
def ask_for_round(request: ActorRequest, body: RoundIn):
    resident = resident_for(request.actor, body.resident_id or request.actor.resident_id or 0)
    return 201, actions.ask_for_round(resident, body.purpose, actor=request.actor)


@router.get("/care/visits", response=list[VisitOut], summary="Who is to be looked in on, the most overdue first")
def visits(request: ActorRequest):
    if not request.actor.is_staff:
        raise NotAllowed
    return [
        {
            "id": line.visit.pk,
            "resident_id": line.visit.round.resident_id,
            "kind": line.visit.round.kind,
            "due_on": line.visit.due_on,
            "late": line.late,
        }
        for line in queries.visits_due(request.actor, clock.today())
    ]


@router.post("/care/visits/{int:visit_id}/well", response=FoundOut, summary="Somebody was seen or heard: all is well")
def found_well(request: ActorRequest, visit_id: int, body: FoundIn):
    visit = queries.visit_for(request.actor, visit_id)
    return actions.find_well(visit, note=body.note, actor=request.actor)


@router.post("/care/visits/{int:visit_id}/no-answer", response=FoundOut, summary="Nobody answered: opens a case")
def no_answer(request: ActorRequest, visit_id: int, body: FoundIn):
    visit = queries.visit_for(request.actor, visit_id)
    return actions.miss(visit, note=body.note, actor=request.actor)
