"""Who may write a change, and who may let it through."""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_oversight, is_self, is_staff
from linli.foundation.accounts.persons import same_person
from linli.foundation.privacy.charter.models import LEADS, Change


@rules.predicate
def is_lead(actor: Actor, obj: Any = None) -> bool:
    """The data-protection lead or the director of this community."""
    return actor.has(*LEADS) and (obj is None or obj.community_id == actor.community_id)


@rules.predicate
def is_author(actor: Actor, change: Change | None = None) -> bool:
    """The lead who writes it; a change that came with Linli has no author until somebody takes it up."""
    if change is None or actor.account_id is None or not is_lead(actor, change):
        return False
    return change.author_id in (None, actor.account_id)


@rules.predicate
def is_second(actor: Actor, change: Change | None = None) -> bool:
    """A lead who is not the author, nor the author under another account."""
    if change is None or change.author is None or actor.account_id is None or not is_lead(actor, change):
        return False
    return not same_person(actor.account_id, change.author_id)


allow("charter.propose", is_lead)
allow("charter.see_pages", is_lead | is_staff | is_oversight)
allow("charter.say_opinion", is_self)
allow("charter.write_opinion_down", is_staff)
allow("charter.answer_opinion", is_lead)

WHO = {"lead": is_lead, "author": is_author, "second": is_second}


def may_do(actor: Actor, who: frozenset[str], change: Change) -> bool:
    """Whether one of the predicates that the state table names holds; the software itself only where it is named."""
    return (actor.system and "system" in who) or any(name in WHO and WHO[name](actor, change) for name in who)
