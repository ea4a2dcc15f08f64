"""Who may be handed what, and who has the least to do."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from linli.act.casework.models import UNFINISHED, Case
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import COMMUNITY_STAFF, GRID_STAFF, STAFF, Role


def may_handle(grid_id: int | None) -> QuerySet[Account]:
    """Accounts that a case of this grid may be handed to: its grid staff and the community's staff."""
    community = holders(*COMMUNITY_STAFF).values("pk")
    grid = holders(*GRID_STAFF, grid_id=grid_id).values("pk") if grid_id is not None else Account.objects.none()
    return Account.objects.filter(Q(pk__in=community) | Q(pk__in=grid)).order_by("pk")


def all_staff() -> QuerySet[Account]:
    """Everybody who works in the community or in one of its grids now."""
    return holders(*STAFF)


def colleagues_of(case: Case) -> QuerySet[Account]:
    """Who may see the case as staff: its grid's, the community's, and its handler while it is staff."""
    handler = all_staff().filter(pk=case.handler_id or 0).values("pk")
    return Account.objects.filter(
        Q(pk__in=may_handle(case.grid_id).values("pk")) | Q(pk__in=handler), is_active=True
    ).order_by("display_name", "pk")


def worker_with_least_to_do(grid_id: int) -> Account | None:
    """The grid's worker with the fewest unfinished cases; its lead when it has no worker."""
    for role in (Role.GRID_WORKER, Role.GRID_LEAD):
        loads = (
            Account.objects.filter(pk__in=holders(role, grid_id=grid_id).values("pk"))
            .annotate(load=Count("cases", filter=Q(cases__state__in=UNFINISHED)))
            .order_by("load", "pk")
        )
        if (account := loads.first()) is not None:
            return account
    return None


def one_of_the_community() -> Account | None:
    """The community worker with the fewest unfinished cases; the director when there is none."""
    for role in (Role.COMMUNITY_WORKER, Role.COMMUNITY_DIRECTOR):
        loads = (
            Account.objects.filter(pk__in=holders(role).values("pk"))
            .annotate(load=Count("cases", filter=Q(cases__state__in=UNFINISHED)))
            .order_by("load", "pk")
        )
        if (account := loads.first()) is not None:
            return account
    return None
