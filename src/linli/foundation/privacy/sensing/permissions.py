"""Who declares, who weighs, and who approves: never the same person twice."""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_oversight
from linli.foundation.accounts.persons import any_same_person
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict

APPROVERS = frozenset({Role.DPO, Role.COMMUNITY_DIRECTOR})


@rules.predicate
def is_lead(actor: Actor, obj: Any = None) -> bool:
    """The data-protection lead of this community."""
    return actor.has(Role.DPO) and (obj is None or obj.community_id == actor.community_id)


@rules.predicate
def is_approver(actor: Actor, obj: Any = None) -> bool:
    return actor.has(*APPROVERS) and (obj is None or obj.community_id == actor.community_id)


allow("sensing.see_pages", is_community_staff | is_oversight)
allow("sensing.declare", is_community_staff)
allow("sensing.assess", is_community_staff | is_lead)

WHO = {
    "declarer": is_community_staff,
    "approver": is_approver,
    "assessor": is_community_staff | is_lead,
    "lead": is_lead,
}


def may_do(actor: Actor, who: frozenset[str], obj: Any) -> bool:
    """Whether one of the predicates that the state table names holds; ``system`` is Linli alone."""
    return actor.system or any(name in WHO and WHO[name](actor, obj) for name in who)


def refuse_same_person(actor: Actor, *others: int | None) -> None:
    """Raises :class:`Conflict` (``same_person``): who wrote or proposed it does not approve it."""
    from django.utils.translation import gettext as _

    if any_same_person(actor.account_id, others):
        raise Conflict(_("写的人和批准的人不能是同一个人，请另一位来批准。"), code="same_person")
