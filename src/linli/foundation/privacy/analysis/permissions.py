"""Who may open the analysis room: an analyst asks, the director or the data-protection lead approves."""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow
from linli.foundation.accounts.persons import same_person
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.analysis.models import OVERSEERS, Study

LEADS = (Role.COMMUNITY_DIRECTOR, Role.DPO)


@rules.predicate
def is_analyst(actor: Actor, obj: Any = None) -> bool:
    return actor.has(Role.ANALYST)


@rules.predicate
def oversees(actor: Actor, obj: Any = None) -> bool:
    return actor.has(*OVERSEERS)


@rules.predicate
def is_lead(actor: Actor, study: Any = None) -> bool:
    return actor.has(*LEADS)


@rules.predicate
def is_its_analyst(actor: Actor, study: Any = None) -> bool:
    return study is not None and actor.account_id is not None and study.analyst_id == actor.account_id


@rules.predicate
def put_it(actor: Actor, study: Any = None) -> bool:
    """Its analyst, under whatever account."""
    return study is not None and same_person(actor.account_id, study.analyst_id)


allow("analysis.see", is_analyst | oversees)
allow("analysis.propose", is_analyst)
allow("analysis.ask", is_analyst & is_its_analyst)

WHO = {"second_person": is_lead & ~put_it, "analyst": is_its_analyst, "lead": is_lead}


def may_do(actor: Actor, verb_who: frozenset[str], study: Study) -> bool:
    """Whether one of the predicates that the state table names holds; what the software does, only it does."""
    if actor.system:
        return "system" in verb_who
    return any(name in WHO and WHO[name](actor, study) for name in verb_who)
