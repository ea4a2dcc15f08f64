"""What is sensed, through the API: the public list for anybody, the rest for whoever may see it."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Query, Router, Schema
from pydantic import Field

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.privacy.sensing import queries
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.foundation.registry.models import Community

router = Router(tags=["privacy"])

LARGEST_ID = 2**63 - 1


class Page(Schema):
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


class SensedOut(Schema):
    """What a declaration says, in the reader's words; ``url`` is what its sign's QR code opens."""

    code: str
    type: str
    name: str
    place: str
    position: str
    why: str
    stored: list[str]
    keep_days: int
    viewers: list[str]
    methods: list[str]
    alternative: str
    counts_only: bool = Field(description="it has an eye: it only counts, and no picture is stored")
    responsible: str
    responsible_phone: str
    since: datetime | None


class DeclarationOut(SensedOut):
    id: int
    state: str
    inside_homes: bool
    purpose: str
    assessment: str = Field(description="number of the impact assessment; empty before it is in force")
    ended_at: datetime | None


class DeclarationsOut(Schema):
    items: list[DeclarationOut]
    count: int


class ScopeOut(Schema):
    purposes: list[str]
    stored: list[str]
    keep_days: int
    viewers: list[str]
    inside_homes: bool
    shared_places: bool
    face: bool


class RatedOut(Schema):
    risk: str
    before: str
    measure: str
    after: str


class AssessmentOut(Schema):
    id: int
    number: str
    type: str
    state: str
    due_reason: str
    scope: ScopeOut
    risks: list[RatedOut]
    worst: str
    opened_at: datetime
    approved_at: datetime | None
    keep_until: date | None = Field(description="not deleted before; null while it stands")


class AssessmentsOut(Schema):
    items: list[AssessmentOut]
    count: int


@router.get("/sensing", auth=None, response=list[SensedOut], summary="What is sensed in a community's shared places")
def public(request: ActorRequest, community: str = ""):
    """Anybody may read it; what is inside homes is never on it.

    ``community`` is a community's code; left out, it is the caller's own, or the only one. 404 where there is none.
    """
    rows = Community.objects.order_by("pk")
    if community:
        rows = rows.filter(code=community.replace("\0", "")[:32])
    elif request.actor.community_id is not None:
        rows = rows.filter(pk=request.actor.community_id)
    few = list(rows[:2])
    if len(few) != 1:
        raise NotFound
    found = few[0]
    return [_sensed(seen) for _place, group in queries.public_list(found) for seen in group]


@router.get("/sensing/declarations", response=DeclarationsOut, summary="Declarations that the caller may see")
def declarations(request: ActorRequest, page: Query[Page], state: str = "", type: str = ""):
    """Staff see drafts as well; a resident what is in force in shared places and in its own home."""
    if request.actor.community_id is None:
        raise NotAllowed
    rows = queries.declarations(request.actor, state=state.replace("\0", ""), device_type=type.replace("\0", ""))
    return {
        "items": [_declaration(row) for row in rows[page.offset : page.offset + page.limit]],
        "count": rows.count(),
    }


@router.get("/sensing/declarations/{int:declaration_id}", response=DeclarationOut, summary="One declaration")
def declaration(request: ActorRequest, declaration_id: int):
    return _declaration(queries.declaration_for(request.actor, min(declaration_id, LARGEST_ID)))


@router.get("/sensing/assessments", response=AssessmentsOut, summary="Impact assessments, the newest first")
def assessments(request: ActorRequest, page: Query[Page]):
    if not may(request.actor, "sensing.see_pages"):
        raise NotAllowed
    rows = queries.assessments(request.actor)
    return {"items": [_assessment(row) for row in rows[page.offset : page.offset + page.limit]], "count": rows.count()}


@router.get("/sensing/assessments/{int:assessment_id}", response=AssessmentOut, summary="One impact assessment")
def assessment(request: ActorRequest, assessment_id: int):
    return _assessment(queries.assessment_for(request.actor, min(assessment_id, LARGEST_ID)))


def _sensed(seen: queries.Shown) -> dict:
    made = seen.made
    return {
        "code": made.code, "type": made.type, "name": made.name, "place": seen.place, "position": made.position,
        "why": seen.why, "stored": seen.stored, "keep_days": made.keep_days, "viewers": seen.viewers,
        "methods": seen.methods, "alternative": made.alternative, "counts_only": seen.counts_only,
        "responsible": made.responsible, "responsible_phone": made.responsible_phone, "since": made.in_force_at,
    }  # fmt: skip


def _declaration(made: Declaration) -> dict:
    return _sensed(queries.shown(made)) | {
        "id": made.pk, "state": made.state, "inside_homes": made.inside_homes, "purpose": made.purpose,
        "assessment": made.assessment.number if made.assessment is not None else "", "ended_at": made.ended_at,
    }  # fmt: skip


def _assessment(made: Assessment) -> dict:
    return {
        "id": made.pk, "number": made.number, "type": made.type, "state": made.state, "due_reason": made.due_reason,
        "scope": made.weighed.as_json(), "worst": made.worst, "opened_at": made.opened_at,
        "approved_at": made.approved_at, "keep_until": made.keep_until,
        "risks": [
            {"risk": key, "before": one.before, "measure": one.measure, "after": one.after}
            for key, one in made.rated.items()
        ],
    }  # fmt: skip
