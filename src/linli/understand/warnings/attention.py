"""Which of a person's warnings of today are told and which wait folded, by the budget that this person has set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.understand.warnings.budgeting import DAYS_LOOKED_BACK, Arrival, ranked, told, worth
from linli.understand.warnings.models import AlertBudget, Warning
from linli.understand.warnings.queries import recent_records

LEAST, MOST = 1, 200


def budget_of(actor: Actor) -> int | None:
    """How many a day the person wants to be told; ``None``: all."""
    return AlertBudget.objects.filter(account=actor.account_id).values_list("per_day", flat=True).first()


def set_budget(per_day: int | None, *, actor: Actor) -> None:
    """At most so many a day for the actor; ``None`` takes the limit away. Raises :class:`Invalid` outside 1 to 200."""
    if actor.account_id is None or not actor.is_staff:
        raise NotAllowed
    if per_day is not None and not LEAST <= per_day <= MOST:
        raise Invalid(_("每天 %(least)d 到 %(most)d 条。") % {"least": LEAST, "most": MOST}, field="per_day")
    with transaction.atomic():
        if per_day is None:
            AlertBudget.objects.filter(account=actor.account_id).delete()
        else:
            AlertBudget.objects.update_or_create(
                account_id=actor.account_id, defaults={"per_day": per_day, "changed_at": clock.now()}
            )
        account = Account.objects.get(pk=actor.account_id)
        record("warnings.budget_set", account, actor=actor, per_day=per_day)


def folded(active: Sequence[Warning], actor: Actor) -> list[Warning]:
    """Of the ``active`` warnings that the actor sees, those that go beyond today's budget, what is worth most first.

    Only what nobody has in hand can wait; what came on an earlier day is told.
    """
    per_day = budget_of(actor)
    if per_day is None:
        return []
    now = clock.now()
    today = timezone.localtime(now).date()
    begins = clock.midnight(today)
    rows = Warning.objects.visible_to(actor).filter(
        held_for="", opened_at__gte=begins - timedelta(days=DAYS_LOOKED_BACK)
    )
    facts = rows.order_by("opened_at", "pk").values_list("pk", "kind", "level", "triggers", "opened_at")
    precision = {kind: one.precision.interval[0] for kind, one in recent_records().items() if one.precision.interval}
    days: dict[date, list[Arrival]] = defaultdict(list)
    for pk, kind, level, triggers, at in facts:
        day = timezone.localtime(at).date()
        share = min(1.0, (at - clock.midnight(day)) / timedelta(days=1))
        days[day].append(Arrival(pk, share, worth(level, precision.get(kind), triggers), level == "P0"))
    past = [[one.score for one in arrivals if not one.urgent] for day, arrivals in days.items() if day != today]
    passed = told(days[today], past, per_day)
    waiting = {one.pk: one for one in active if one.state == Warning.State.OPEN}
    return [waiting[one.key] for one in ranked(days[today]) if one.key not in passed and one.key in waiting]


def waits_folded(warning: Warning, account: Account) -> bool:
    """Whether the warning goes beyond what ``account`` wants to be told today; never one of P0."""
    return warning.level != "P0" and bool(folded([warning], actor_of(account)))
