"""What every workbench page passes to its template."""

from __future__ import annotations

from linli.act.casework.deadlines import calendar_missing
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.cards import cards_for
from linli.foundation.registry.models import Grid


def page_of(request: ActorRequest, tab: str, **more) -> dict:
    """``tab`` marks the place in the bar; ``whose`` names the actor's grids or role.

    Who is no staff but keeps watch over information (the data-protection lead) gets only those pages in the bar.
    """
    actor = request.actor
    if actor.grid_ids and not actor.is_community_staff:
        whose = "、".join(str(grid) for grid in Grid.objects.visible_to(actor).filter(pk__in=actor.grid_ids))
    else:
        whose = next((str(held.role.label) for held in actor.held), "")
    return {
        "tab": tab,
        "whose": whose,
        "for_community": actor.is_community_staff,
        "for_staff": actor.is_staff,
        "for_round": actor.has(Role.BUILDING_LEAD),
        "for_privacy": bool(cards_for(actor)),
        "calendar_missing": calendar_missing(clock.today()) if actor.is_community_staff else None,
        "is_director": actor.has(Role.COMMUNITY_DIRECTOR),
        **more,
    }
