"""Deletion through the API: how long things are kept, what is announced, and what went."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, cast

from ninja import Router, Schema
from ninja.pagination import PageNumberPagination, paginate
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.privacy.retention import planning, queries
from linli.foundation.privacy.retention.rules import WITH, all_rules
from linli.foundation.privacy.retention_words import told

router = Router(tags=["retention"])

StateName = Literal["planned", "held", "running", "done"]
Then = Literal["erase", "deidentify", "aggregate", "keep"]


class TermOut(Schema):
    table: str = Field(description="app.Model, or app.Model:part of its columns")
    name: str
    then: Then
    months: int
    days: int
    words: str = Field(description="the rule in a sentence, in the reader's language")
    source: str


class LineOut(Schema):
    rule: str
    name: str
    then: Then
    count: int = Field(description="found by the dry run")
    oldest: datetime | None
    newest: datetime | None
    held: bool = Field(description="a hold stands in the way")
    done: int


class PlanOut(Schema):
    id: int
    state: StateName
    made_on: date
    due_on: date = Field(description="carried out before dawn of this day")
    everywhere: bool = Field(description="of tables that belong to no community")
    held_reason: str
    version: int
    lines: list[LineOut]


class HoldIn(Schema):
    reason: str = Field(max_length=200)
    version: int = Field(description="of the plan as it was read")


class ReleaseIn(Schema):
    version: int = Field(description="of the plan as it was read")


class EntryOut(Schema):
    id: int
    at: datetime
    what: str = Field(description="a table, or a store outside the database")
    then: Then
    count: int
    rule: str
    rules_version: str
    about: str
    marks: str
    digest: str = Field(description="covers this entry and the one before it")


@router.get("/retention/terms", response=list[TermOut], summary="How long each kind of thing is kept")
def terms(request: ActorRequest):
    """The rules that the nightly job carries out."""
    rules = [rule for rule in all_rules().values() if rule.then != WITH]
    return [
        TermOut(
            table=rule.table,
            name=str(rule.name) or rule.table,
            then=cast(Then, rule.then),
            months=rule.months,
            days=rule.days,
            words=told(rule),
            source=rule.source,
        )
        for rule in rules
    ]


@router.get("/retention/plans", response=list[PlanOut], summary="What is announced, and what the last nights deleted")
def plans(request: ActorRequest):
    """Counts only. For the data-protection lead, the director and the auditor."""
    shown = [*queries.plans_of(request.actor, coming=True), *queries.plans_of(request.actor, coming=False)]
    return [_plan(one) for one in shown]


@router.post("/retention/plans/{plan_id}/hold", response=PlanOut, summary="Stop a plan, with a reason")
def hold(request: ActorRequest, plan_id: int, given: HoldIn):
    """Nothing of it is deleted until it is released."""
    plan = planning.hold(plan_id, given.reason, version=given.version, actor=request.actor)
    return _plan(queries.shown(plan))


@router.post("/retention/plans/{plan_id}/release", response=PlanOut, summary="Let a plan go on, the next night")
def release(request: ActorRequest, plan_id: int, given: ReleaseIn):
    plan = planning.release(plan_id, version=given.version, actor=request.actor)
    return _plan(queries.shown(plan))


@router.get("/retention/register", response=list[EntryOut], summary="The register of what was deleted, newest first")
@paginate(PageNumberPagination, page_size=50)
def register(request: ActorRequest):
    return queries.register_of(request.actor)


def _plan(one: queries.ShownPlan) -> PlanOut:
    plan = one.plan
    return PlanOut(
        id=plan.pk,
        state=cast(StateName, plan.state),
        made_on=plan.made_on,
        due_on=plan.due_on,
        everywhere=plan.community_id is None,
        held_reason=plan.held_reason,
        version=plan.version,
        lines=[
            LineOut(
                rule=shown.line.rule,
                name=shown.name,
                then=cast(Then, shown.line.then),
                count=shown.line.count,
                oldest=shown.line.oldest,
                newest=shown.line.newest,
                held=shown.line.held,
                done=shown.line.done,
            )
            for shown in one.lines
        ],
    )
