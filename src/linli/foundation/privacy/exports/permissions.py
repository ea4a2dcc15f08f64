"""Who may take a list out, and who may let somebody else do so."""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow
from linli.foundation.accounts.persons import same_person
from linli.foundation.privacy.exports.models import APPROVERS, Export


@rules.predicate
def is_asker(actor: Actor, export: Any = None) -> bool:
    return export is not None and actor.account_id is not None and export.asked_by_id == actor.account_id


@rules.predicate
def is_another(actor: Actor, export: Any = None) -> bool:
    """The director or the data-protection lead, and not who asked: two pairs of eyes."""
    return (
        export is not None
        and actor.account_id is not None
        and actor.has(*APPROVERS)
        and export.community_id == actor.community_id
        and not same_person(actor.account_id, export.asked_by_id)
    )


@rules.predicate
def is_staff_here(actor: Actor, obj: Any = None) -> bool:
    return actor.is_staff


allow("exports.ask", is_staff_here)
WHO = {"asker": is_asker, "another": is_another}


def may_do(actor: Actor, who: frozenset[str], export: Export) -> bool:
    """Whether one of the predicates that the state table names holds."""
    return actor.system if "system" in who else any(WHO[name](actor, export) for name in who)
