"""What every workbench page passes to its template."""

from __future__ import annotations

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import Role
from linli.foundation.registry.models import Grid


def page_of(request: ActorRequest, tab: str, **more) -> dict:
    """``tab`` marks the place in the bar; ``whose`` names the actor's grids or role."""
    actor = request.actor
    if actor.grid_ids and not actor.is_community_staff:
        whose = "、".join(str(grid) for grid in Grid.objects.visible_to(actor).filter(pk__in=actor.grid_ids))
    else:
        whose = next((str(held.role.label) for held in actor.held), "")
    return {
        "tab": tab,
        "whose": whose,
        "for_community": actor.is_community_staff,
        "is_director": actor.has(Role.COMMUNITY_DIRECTOR),
        **more,
    }
