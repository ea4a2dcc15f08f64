"""Joint counts through the API: proposing, approving, and results as far as they may be shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Router, Schema
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.joint import actions, queries
from linli.foundation.privacy.joint.models import JointRun

router = Router(tags=["privacy"])


class PartnerOut(Schema):
    id: int
    name: str
    fingerprint: str
    address: str
    confirmed_at: datetime | None


class JointIn(Schema):
    partner_id: int
    question: str = Field(max_length=200, description="what is counted, in words; the partner reads it")
    people: Literal["all", "60", "65", "80"]
    banded: bool = Field(False, description="by age band, of those who agreed to it")


class ReasonIn(Schema):
    reason: str = Field(max_length=200)


class BandOut(Schema):
    label: str
    count: int | None


class JointOut(Schema):
    id: int
    run: str
    partner_id: int
    question: str
    people: str
    banded: bool
    state: Literal["proposed", "approved", "running", "done", "stopped", "refused", "withdrawn"]
    percent: int
    code: str
    proposed_at: datetime
    approved_at: datetime | None
    ended_at: datetime | None
    sentence: str = Field(description="the result in words; empty before there is one")
    total: int | None = Field(description="null for too few to show")
    bands: list[BandOut]
    give_or_take: int | None

    @staticmethod
    def resolve_sentence(run: JointRun) -> str:
        told = queries.told(run)
        return told.sentence if told else ""

    @staticmethod
    def resolve_total(run: JointRun) -> int | None:
        told = queries.told(run)
        return told.total if told else None

    @staticmethod
    def resolve_bands(run: JointRun) -> list[dict]:
        told = queries.told(run)
        return [{"label": label, "count": count} for label, count, _share in told.bands] if told else []

    @staticmethod
    def resolve_give_or_take(run: JointRun) -> int | None:
        told = queries.told(run)
        return told.give_or_take if told else None


class LogOut(Schema):
    number: int
    at: str
    kind: str
    run: str
    facts: dict[str, Any]
    before: str
    signature: str
    digest: str


@router.get("/joint/partners", response=list[PartnerOut], summary="Whom the community counts together with")
def partners(request: ActorRequest):
    _of_a_community(request)
    return queries.partners(request.actor)


@router.get("/joint/runs", response=list[JointOut], summary="Joint counts, newest first")
@paginate(PageNumberPagination, page_size=50)
def runs(request: ActorRequest):
    _of_a_community(request)
    return queries.runs(request.actor)


@router.post("/joint/runs", response={201: JointOut}, summary="Propose a joint count; somebody else approves it")
def propose(request: ActorRequest, body: JointIn):
    return 201, actions.propose(body.partner_id, body.question, body.people, banded=body.banded, actor=request.actor)


@router.get("/joint/runs/{int:joint_id}", response=JointOut, summary="One joint count")
def run(request: ActorRequest, joint_id: int):
    _of_a_community(request)
    return queries.run_for(request.actor, joint_id)


@router.post("/joint/runs/{int:joint_id}/approve", response=JointOut, summary="The second person's yes")
def approve(request: ActorRequest, joint_id: int):
    return actions.approve(joint_id, actor=request.actor)


@router.post("/joint/runs/{int:joint_id}/refuse", response=JointOut, summary="The second person's no")
def refuse(request: ActorRequest, joint_id: int, body: ReasonIn):
    return actions.refuse(joint_id, body.reason, actor=request.actor)


@router.post("/joint/runs/{int:joint_id}/withdraw", response=JointOut, summary="No longer wanted")
def withdraw(request: ActorRequest, joint_id: int):
    return actions.withdraw(joint_id, actor=request.actor)


@router.get("/joint/log", response=list[LogOut], summary="The signed log, newest first")
@paginate(PageNumberPagination, page_size=100)
def log(request: ActorRequest):
    _of_a_community(request)
    return queries.log_of(request.actor)


def _of_a_community(request: ActorRequest) -> None:
    if request.actor.community_id is None:
        raise NotAllowed
