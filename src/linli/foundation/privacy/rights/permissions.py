"""Who may ask, and who may answer."""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_grid_staff_of
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.privacy.rights.models import LEADS, RightsRequest
from linli.foundation.privacy.rights.speaking import residents_answered_for


@rules.predicate
def answers_for(actor: Actor, resident: Any = None) -> bool:
    """Is the resident, or may see and ask about its information in its name."""
    return resident is not None and resident.pk in residents_answered_for(actor)


@rules.predicate
def is_lead(actor: Actor, obj: Any = None) -> bool:
    """The data-protection lead or the director of this community."""
    return actor.has(*LEADS) and (obj is None or obj.community_id == actor.community_id)


@rules.predicate
def is_owner(actor: Actor, request: Any = None) -> bool:
    return request is not None and actor.account_id is not None and request.owner_id == actor.account_id


@rules.predicate
def wrote_it_down(actor: Actor, request: Any = None) -> bool:
    return actor.is_staff and request is not None and request.entered_by_id == actor.account_id


@rules.predicate
def is_person(actor: Actor, request: Any = None) -> bool:
    return request is not None and request.resident_id in residents_answered_for(actor)


@rules.predicate
def keeps_watch(actor: Actor, obj: Any = None) -> bool:
    return actor.has(*LEADS, *OVERSIGHT)


allow("rights.ask", answers_for)
allow("rights.ask_for_somebody", is_community_staff | is_grid_staff_of)
allow("rights.see_pages", is_community_staff | is_lead)
allow("rights.see_holdings", answers_for)

WHO = {"lead": is_lead, "owner": is_owner, "desk": wrote_it_down, "person": is_person}


def may_do(actor: Actor, verb_who: frozenset[str], request: RightsRequest) -> bool:
    """Whether one of the predicates that the state table names holds."""
    return actor.system or any(name in WHO and WHO[name](actor, request) for name in verb_who)
