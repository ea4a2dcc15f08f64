"""Who has how much to do, and words to begin an answer from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from linli.act.casework.models import UNFINISHED, AnswerTemplate, Case
from linli.act.casework.rules.dispatching import within
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import COMMUNITY_STAFF, GRID_STAFF
from linli.foundation.errors import NotAllowed


@dataclass(frozen=True)
class Load:
    """``urgent`` are P0 and P1, ``gone`` whoever has cases but no role any more."""

    account: Account
    open: int
    late: int
    urgent: int
    gone: bool


def workload(actor: Actor, now: datetime) -> tuple[list[Load], int]:
    """Everybody who may have cases or still has some, the fullest first; and how many cases nobody has."""
    if not actor.is_community_staff:
        raise NotAllowed
    here = set(holders(*COMMUNITY_STAFF, *GRID_STAFF).values_list("pk", flat=True))
    mine = Q(cases__community_id=actor.community_id, cases__state__in=UNFINISHED)
    late = mine & Q(cases__finish_by__lt=now, cases__paused_at__isnull=True)
    rows = (
        Account.objects.filter(Q(pk__in=here) | mine)
        .annotate(
            n_open=Count("cases", filter=mine, distinct=True),
            n_late=Count("cases", filter=late, distinct=True),
            n_urgent=Count("cases", filter=mine & Q(cases__level__in=["P0", "P1"]), distinct=True),
        )
        .order_by("-n_open", "pk")
        .distinct()
    )
    loads = [Load(row, row.n_open, row.n_late, row.n_urgent, row.pk not in here or not row.is_active) for row in rows]
    return loads, Case.objects.filter(handler=None, state__in=UNFINISHED).count()


def templates_for(case: Case) -> list[AnswerTemplate]:
    """Those that fit the case's kind, the most exact first."""
    fitting = [one for one in AnswerTemplate.objects.all() if not one.category or within(case.category, one.category)]
    return sorted(fitting, key=lambda one: -len(one.category.rstrip("0")))
