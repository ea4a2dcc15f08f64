"""Shapes of answers that requests and cases share, and the refusals each route documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from linli.act.casework.models import Case, Rating
from linli.act.casework.queries.case_page import sees_everything
from linli.act.casework.wording import case_title, category_name, category_path, place_name
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed


class FieldProblem(Schema):
    field: str | None
    code: str
    detail: str


class Problem(Schema):
    """RFC 9457 problem details, ``application/problem+json``; ``code`` is stable, ``detail`` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None
    errors: list[FieldProblem]


REFUSED = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}
"""401 not signed in; 403 may see it but not do that; 404 not there for you; 409 somebody was faster; 422 wrong input."""

READ_REFUSED = {401: Problem, 403: Problem, 404: Problem, 422: Problem}


def actor_in_community(request: HttpRequest) -> Actor:
    """Who calls. A street office has no community of its own: raises :class:`NotAllowed` ``no_community``."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.community_id is None:
        raise NotAllowed(_("这个账号不属于任何社区，看不了事件。"), code="no_community")
    return actor


class CaseRow(Schema):
    id: int
    number: str
    title: str
    place: str
    category: str = Field(description="code of the taxonomy, 2+2+2 digits")
    category_name: str
    level: str
    state: str
    grid_id: int | None
    building_id: int | None
    facility_id: int | None
    handler_id: int | None
    warning_id: int | None
    opened_at: datetime
    accept_by: datetime
    contact_by: datetime
    finish_by: datetime
    contacted_at: datetime | None
    fed_back_at: datetime | None
    closed_at: datetime | None
    paused: bool
    outcome: str
    reopened_times: int
    version: int = Field(description="send it back with a verb; a stale one is refused with 409")


class RatingOut(Schema):
    solved: bool
    satisfaction: int
    reason: str
    round: int
    channel: str
    at: datetime


def case_row(case: Case, actor: Actor, seen: frozenset[int]) -> dict[str, Any]:
    """The title is in the words of whoever said it first: a neighbour who joined reads only what kind of thing it is.

    ``seen`` are the warnings of which the actor may know the reading.
    """
    plain = (
        "number category level state grid_id building_id facility_id handler_id warning_id opened_at accept_by contact_by "
        "finish_by contacted_at fed_back_at closed_at outcome reopened_times version"
    )
    return {name: getattr(case, name) for name in plain.split()} | {
        "id": case.pk,
        "title": case_title(case, seen) if sees_everything(case, actor) else category_name(case),
        "place": place_name(case),
        "category_name": category_path(case),
        "paused": case.paused_at is not None,
    }


def rating_out(rating: Rating) -> dict[str, Any]:
    return {name: getattr(rating, name) for name in ("solved", "satisfaction", "reason", "round", "channel", "at")}
