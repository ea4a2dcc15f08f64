"""Who may propose a joint count, and who approves it: never the same person."""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_oversight
from linli.foundation.accounts.persons import same_person
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.joint.models import JointRun

LEADS = (Role.COMMUNITY_DIRECTOR, Role.DPO)


@rules.predicate
def is_lead(actor: Actor, obj: Any = None) -> bool:
    """The director or the data-protection lead of this community."""
    return actor.has(*LEADS) and (obj is None or obj.community_id == actor.community_id)


@rules.predicate
def is_proposer(actor: Actor, run: Any = None) -> bool:
    return run is not None and actor.account_id is not None and run.proposed_by_id == actor.account_id


@rules.predicate
def proposed_it(actor: Actor, run: Any = None) -> bool:
    """The proposer, under whatever account."""
    return run is not None and same_person(actor.account_id, run.proposed_by_id)


@rules.predicate
def added_it(actor: Actor, partner: Any = None) -> bool:
    return partner is not None and same_person(actor.account_id, partner.added_by_id)


allow("joint.see", is_community_staff | is_oversight)
allow("joint.propose", is_community_staff | is_lead)
allow("joint.add_partner", is_lead)
allow("joint.confirm_partner", is_lead & ~added_it)
allow("joint.end_partner", is_lead)

WHO = {"second_person": is_lead & ~proposed_it, "proposer": is_proposer, "lead": is_lead}


def may_do(actor: Actor, verb_who: frozenset[str], run: JointRun) -> bool:
    """Whether one of the predicates that the state table names holds; what the software does, only it does."""
    if actor.system:
        return "system" in verb_who
    return any(name in WHO and WHO[name](actor, run) for name in verb_who)
