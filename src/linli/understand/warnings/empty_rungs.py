"""Rungs of the call order on which nobody stands: found before somebody in danger finds it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import GRID_STAFF, Role
from linli.foundation.registry.models import Grid
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.call_plan import plan_in_force


@dataclass(frozen=True)
class EmptyRung:
    """Nobody holds ``role`` now: in ``grid``, or, without one, in the whole community."""

    role: Role
    grid: Grid | None


def empty_rungs() -> list[EmptyRung]:
    """Of the community in scope, by grid and then those of the community; three queries."""
    asked = {Role(rung.role) for rungs in plan_in_force().ladders.values() for rung in rungs}
    now = clock.now()
    grants = Grant.objects.filter(
        role__in=asked, community=active_community_id(), starts_at__lte=now, expires_at__gt=now, account__is_active=True
    )
    held = set(grants.values_list("role", "grid"))
    roles = {role for role, _grid in held}
    in_grids = [
        EmptyRung(role, grid)
        for grid in Grid.objects.order_by("number")
        for role in Role
        if role in asked & GRID_STAFF and (role, grid.pk) not in held
    ]
    return in_grids + [EmptyRung(role, None) for role in Role if role in asked - GRID_STAFF and role not in roles]


def gaps_by_role(empty: Iterable[EmptyRung], grids: int) -> dict[str, list[Grid]]:
    """``{role: grids}`` in which nobody holds it; no grids where nobody does anywhere, of ``grids`` that there are."""
    found: dict[str, list[Grid]] = {}
    for gap in empty:
        found.setdefault(gap.role, []).extend([gap.grid] if gap.grid is not None else [])
    return {role: [] if len(some) == grids else some for role, some in found.items()}
