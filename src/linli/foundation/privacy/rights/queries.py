"""Reading requests about one's own information."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import COMMUNITY_STAFF, Role
from linli.foundation.errors import NotFound
from linli.foundation.lifecycle.deadlines import rules_of
from linli.foundation.privacy.rights.models import WORKFLOW, Kind, RightsRequest, Suspension
from linli.foundation.privacy.rights.permissions import may_do
from linli.foundation.tenancy import active_community_id


@dataclass(frozen=True)
class Standing:
    """How a request stands in time. ``used`` is the share of the limit that is spent, 1.0 when due."""

    request: RightsRequest
    used: float
    overdue: bool


def requests_of(actor: Actor, *, resident_id: int | None = None, open_only: bool = False) -> QuerySet[RightsRequest]:
    """What the actor may see: open ones first, the earliest deadline first, then the newest of those that are over."""
    rows = RightsRequest.objects.visible_to(actor).select_related("resident", "owner", "copy")
    if resident_id is not None:
        rows = rows.filter(resident_id=resident_id)
    if open_only:
        rows = rows.active()
    return rows.order_by("ended_at", "due_at", "-pk") if open_only else rows.order_by("-opened_at", "-pk")


def request_for(actor: Actor, request_id: int) -> RightsRequest:
    """The request; raises :class:`NotFound`."""
    if actor.community_id is None:
        raise NotFound
    rows = RightsRequest.objects.visible_to(actor).select_related(
        "resident__home__entrance__building__estate", "owner", "copy"
    )
    found = rows.filter(pk=request_id).first()
    if found is None:
        raise NotFound
    return found


def standing(request: RightsRequest, now: datetime) -> Standing:
    rules = rules_of(request.rules_version)
    limit = rules.rights_extension if request.extended_at else rules.rights
    over = not request.is_over and now >= request.due_at
    return Standing(request, limit.used(request.due_at, request.ended_at or now), over)


def allowed_verbs(request: RightsRequest, actor: Actor) -> list[str]:
    """What the actor may do to it now, in the table's order."""
    return [
        transition.verb
        for transition in WORKFLOW.allowed(request.state)
        if may_do(actor, frozenset(transition.who), request) and fits(request, transition.verb)
    ]


_ONLY_FOR = {"correct": {"correction"}, "erase": {"deletion"}, "suspend": {"objection"}}


def fits(request: RightsRequest, verb: str) -> bool:
    """Whether the verb belongs to this kind of request at all."""
    if verb == "extend":
        return request.extended_at is None
    if verb == "suspend":
        return request.kind == "objection" and bool(request.purpose)
    if verb == "answer":
        return request.kind in {"explanation", "objection", "correction", "copy"}
    if verb == "check_identity":
        return (
            request.channel not in {"portal", "api"}
            and request.identity_checked_at is None
            and (request.kind == Kind.COPY or not request.is_over)
        )
    return request.kind in _ONLY_FOR.get(verb, {request.kind})


def mine_to_answer(actor: Actor) -> list[RightsRequest]:
    """Open requests that the actor owns, the earliest deadline first: part of its day's work. A copy makes itself."""
    if actor.account_id is None:
        return []
    mine = RightsRequest.objects.active().filter(owner_id=actor.account_id).exclude(kind=Kind.COPY)
    return list(mine.order_by("due_at", "pk")[:20])


def may_own() -> QuerySet[Account]:
    """Accounts that may be named owner: the data-protection lead and the community's staff."""
    return holders(Role.DPO, *COMMUNITY_STAFF)


def holders(*roles: Role) -> QuerySet[Account]:
    """Active accounts of the community that hold one of the roles now."""
    now = clock.now()
    grant = Q(
        grants__role__in=roles,
        grants__community_id=active_community_id(),
        grants__starts_at__lte=now,
        grants__expires_at__gt=now,
    )
    return Account.objects.filter(grant, is_active=True).distinct().order_by("pk")


def is_suspended(resident_id: int, purpose: str) -> bool:
    """Whether the person objected to this purpose and the community stopped it."""
    return Suspension.objects.filter(resident_id=resident_id, purpose=purpose, ended_at__isnull=True).exists()


def suspended_purposes(resident_ids: Iterable[int]) -> set[tuple[int, str]]:
    return set(
        Suspension.objects.filter(resident_id__in=resident_ids, ended_at__isnull=True).values_list(
            "resident_id", "purpose"
        )
    )
