"""Who somebody is to a case, and what keeps them from a verb that the state table would allow."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.act.casework.models import WORKFLOW, Case, CaseEntry, CaseRequest, Rating, State
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, NotAllowed, Refusal
from linli.foundation.lifecycle.state_table import Transition
from linli.foundation.lifecycle.working_time import add_working_hours
from linli.sense.requests.speaking import residents_spoken_for

RETURN_HOURS = 4
RATE_AFTER_CLOSING = timedelta(days=30)


def standing(case: Case, actor: Actor, *, now: datetime) -> frozenset[str]:
    """Names used in the ``who`` column of the state table that hold for ``actor`` and ``case``."""
    if actor.system:
        return frozenset({"system"})
    holds = set()
    if actor.account_id is not None and case.handler_id == actor.account_id:
        holds.add("handler")
    if actor.is_community_staff:
        holds.add("community_staff")
        if not had_a_hand_in(case, actor):
            holds.add("call_back")
    if actor.has(Role.COMMUNITY_DIRECTOR):
        holds.add("director")
    if case.grid_id in actor.grid_ids:
        holds.add("grid_staff")
    if any(held.role == Role.GRID_LEAD and held.grid_id == case.grid_id for held in actor.held):
        holds.add("grid_lead")
    if speaks_for(case, actor, now=now):
        holds.add("speaker")
    return frozenset(holds)


def states_to_merge() -> frozenset[str]:
    """In which a case may still join another one."""
    return frozenset(state for state in State.values if any(step.verb == "merge" for step in WORKFLOW.allowed(state)))


def sees_as_staff(case: Case, actor: Actor) -> bool:
    """Whether the actor works on cases of this place, or on this one."""
    return (
        actor.system
        or actor.is_community_staff
        or case.grid_id in actor.grid_ids
        or (actor.account_id is not None and case.handler_id == actor.account_id)
    )


def speaks_for(case: Case, actor: Actor, *, now: datetime) -> bool:
    """Whether one of the case's reporters is ``actor`` or somebody it is proxy of."""
    spoken_for = residents_spoken_for(actor)
    return bool(spoken_for) and case.joined.filter(withdrawn_at=None, request__speaker__in=spoken_for).exists()


def unrated(case: Case) -> QuerySet[CaseRequest]:
    """Reporters who have not yet rated the present round."""
    rated = Rating.objects.filter(case=case, round=case.reopened_times).values("request_id")
    return case.joined.filter(withdrawn_at=None).exclude(request__in=rated)


def had_a_hand_in(case: Case, actor: Actor) -> bool:
    """The handler and whoever fed the result back may not enter the rating (``domain.md`` §2.3)."""
    return case.handler_id == actor.account_id or (
        CaseEntry.objects.filter(case=case, by_id=actor.account_id, verb__in=["start", "feed_back", "take"]).exists()
    )


def refusal(
    case: Case, step: Transition, actor: Actor, *, now: datetime, holds: frozenset[str] | None = None
) -> Refusal | None:
    """Why ``actor`` may not do this now, or ``None``: the same answer for the page's buttons and for the action."""
    holds = standing(case, actor, now=now) if holds is None else holds
    if not holds & step.who:
        if step.verb == "rate" and "handler" in holds:
            return NotAllowed(_("办事的人不能替居民评价。"), code="handler_cannot_rate")
        return NotAllowed()
    match step.verb:
        case "take" if case.handler_id is not None and "handler" not in holds:
            return _taken(case)
        case "take" if "handler" in holds:
            return Conflict(_("这件事已经在您手上。"), code="already_yours")
        case "start" if case.handler_id is not None and not holds & {"handler", "community_staff"}:
            return _taken(case)
        case "return":
            return _return_refusal(case, now)
        case "rate" if "handler" in holds or ("speaker" in holds and actor.is_staff and had_a_hand_in(case, actor)):
            return NotAllowed(_("办事的人不能替居民评价。"), code="handler_cannot_rate")
        case "rate" if case.state == State.CLOSED and case.closed_at and now > case.closed_at + RATE_AFTER_CLOSING:
            return Conflict(_("办结超过 30 天了。还没好的话，请再说一次，我们重新办。"), code="rating_closed")
        case "rate" if not actor.system and not unrated(case).exists() and case.joined.exists():
            return Conflict(_("这件事已经评价过了。"), code="rated_before")
    return None


def allowed_steps(case: Case, actor: Actor, *, now: datetime) -> list[Transition]:
    """What ``actor`` may do to ``case`` now, in the order of the state table."""
    holds = standing(case, actor, now=now)
    return [step for step in WORKFLOW.allowed(case.state) if refusal(case, step, actor, now=now, holds=holds) is None]


def _taken(case: Case) -> Refusal:
    name = case.handler.display_name if case.handler else ""
    return Conflict(_("%(name)s 已经接了这件事。") % {"name": name}, code="already_taken", handler=name)


def _return_refusal(case: Case, now: datetime) -> Refusal | None:
    """A grid returns a wrong dispatch within four working hours and once; afterwards only the street re-dispatches."""
    if case.returned_times > 0:
        return Conflict(_("已经退回过一次，请找社区商量改派。"), code="returned_before")
    if case.dispatched_at is not None and now > add_working_hours(case.dispatched_at, RETURN_HOURS).due_at:
        return Conflict(_("派单超过 4 个工作小时，不能退回了，请找社区商量改派。"), code="return_too_late")
    return None
