"""Who works where: accounts found by the role they hold now."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.tenancy import active_community_id


def holders(*roles: Role, grid_id: int | None = None, grids: Collection[int] | None = None) -> QuerySet[Account]:
    """Active accounts of the community that hold one of the roles now, for a grid, or one of several, where given."""
    now = clock.now()
    grant = Q(
        grants__role__in=roles,
        grants__community_id=active_community_id(),
        grants__starts_at__lte=now,
        grants__expires_at__gt=now,
    )
    if grid_id is not None:
        grant &= Q(grants__grid_id=grid_id)
    if grids is not None:
        grant &= Q(grants__grid_id__in=grids)
    return Account.objects.filter(grant, is_active=True).distinct().order_by("pk")
