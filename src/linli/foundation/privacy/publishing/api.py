"""Published numbers through the API: for everybody to read, for staff to propose and approve."""

from __future__ import annotations

from datetime import date, datetime

from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import NotFound
from linli.foundation.privacy.publishing import actions, files, ledger, queries
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, Release
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope

router = Router(tags=["numbers"])


class FigureOut(Schema):
    key: str
    title: dict[str, str]
    definition: dict[str, str]
    kind: str = Field(description="count, rate (per cent), or not_told: its error would have misled")
    value: float | None
    error_95: float | None = Field(description="with 95 % the true value is within ± this")
    n: int | None
    n_error_95: int | None


class NumbersOut(Schema):
    community: dict[str, str]
    release: int
    first_day: date
    last_day: date
    published_on: date
    epsilon: float
    licence: str
    method: dict[str, str]
    figures: list[FigureOut]
    tables: list[dict]


class BudgetOut(Schema):
    year: int
    granted: float = Field(description="ε")
    left: float = Field(description="ε")


class AmountIn(Schema):
    amount: str = Field(max_length=12, description="ε, to a thousandth: 0.5")


class ReleaseIn(Schema):
    first_day: date
    last_day: date
    share: int = Field(1000, description="precision: 1000 the finest, 500 half, 250 a quarter of its budget")


class ReleaseOut(Schema):
    id: int
    number: int
    state: str
    first_day: date
    last_day: date
    share: int
    price: float = Field(description="ε")
    percent: int
    trouble: str
    version: int
    proposed_at: datetime


class DecisionIn(Schema):
    version: int
    reason: str = Field("", max_length=200, description="needed to refuse")


@router.get("/numbers/{slug:community}", response=NumbersOut, auth=None, summary="The newest published numbers")
def numbers(request: ActorRequest, community: str, release: int | None = None):
    found = get_object_or_404(Community, code=community)
    with community_scope(found):
        shown = queries.release_numbered(found, _whole(release))
        if shown is None:
            raise NotFound()
        return files.as_dict(found, shown)


@router.get("/publishing/budget", response=BudgetOut, summary="What this year's privacy budget has left")
def budget(request: ActorRequest):
    require(request.actor, "publishing.see_ledger")
    found = ledger.standing(OPEN_NUMBERS)
    if found is None:
        raise NotFound()
    return {"year": found.budget.year, "granted": found.budget.granted / 1000, "left": found.left / 1000}


@router.post("/publishing/budget", response=BudgetOut, summary="Grant this year's budget, once")
def grant(request: ActorRequest, body: AmountIn):
    ledger.grant(OPEN_NUMBERS, body.amount, actor=request.actor)
    return budget(request)


@router.post("/publishing/budget/lower", response=BudgetOut, summary="Take something off this year's budget")
def lower(request: ActorRequest, body: AmountIn):
    ledger.lower(OPEN_NUMBERS, body.amount, actor=request.actor)
    return budget(request)


@router.get("/publishing/releases", response=list[ReleaseOut], summary="Releases, newest first")
def releases(request: ActorRequest):
    require(request.actor, "publishing.see_ledger")
    return [_out(row) for row in Release.objects.visible_to(request.actor).order_by("-number")[:100]]


@router.post("/publishing/releases", response=ReleaseOut, summary="Propose to publish the numbers of a period")
def propose(request: ActorRequest, body: ReleaseIn):
    return _out(actions.propose(body.first_day, body.last_day, share=body.share, actor=request.actor))


@router.post("/publishing/releases/{int:release_id}/approve", response=ReleaseOut, summary="Agree, as another person")
def approve(request: ActorRequest, release_id: int, body: DecisionIn):
    return _out(actions.approve(_key(release_id), version=body.version, actor=request.actor))


@router.post("/publishing/releases/{int:release_id}/refuse", response=ReleaseOut, summary="Do not agree, and say why")
def refuse(request: ActorRequest, release_id: int, body: DecisionIn):
    return _out(actions.refuse(_key(release_id), body.reason, version=body.version, actor=request.actor))


@router.post("/publishing/releases/{int:release_id}/withdraw", response=ReleaseOut, summary="Take one's proposal back")
def withdraw(request: ActorRequest, release_id: int, body: DecisionIn):
    return _out(actions.withdraw(_key(release_id), version=body.version, actor=request.actor))


def _key(number: int) -> int:
    if number >= 2**62:
        raise NotFound()
    return number


def _whole(number: int | None) -> int | None:
    if number is not None and not 0 < number < 2**31:
        raise NotFound()
    return number


def _out(release: Release) -> dict:
    return {
        "id": release.pk,
        "number": release.number,
        "state": release.state,
        "first_day": release.first_day,
        "last_day": release.last_day,
        "share": release.share,
        "price": release.price / 1000,
        "percent": release.percent,
        "trouble": release.trouble,
        "version": release.version,
        "proposed_at": release.proposed_at,
    }
