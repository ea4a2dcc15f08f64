"""Somebody is at the place, and nobody says what they found: a quiet word to them, then to the grid lead. Nobody is called.

Every warning ends with what was found (``domain.md`` §5.5). Within the term of its :class:`Arrival` that is written down;
past it whoever went hears of it once, and half an hour later the lead of the grid. It then stands in today's list.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.events.recording import record
from linli.understand.warnings.call_links import warning_path
from linli.understand.warnings.call_plan import plan_in_force, quiet_until
from linli.understand.warnings.call_words import finding_text
from linli.understand.warnings.models import Warning
from linli.understand.warnings.queries import PLACE
from linli.understand.warnings.staff_messages import tell

log = logging.getLogger(__name__)

THEN_THE_LEAD = timedelta(minutes=30)
AT_ONCE = 200
WHO_WENT, LEAD = 1, 2
"""Values of ``Warning.asked_for_finding``."""


def finding_due(warning: Warning) -> datetime | None:
    """By when whoever arrived writes down what they found; ``None`` where nobody has arrived or there is no such term."""
    if warning.state != Warning.State.ACKNOWLEDGED or warning.arrived_at is None:
        return None
    plan = plan_in_force()
    if not plan.ladder(warning.kind, warning.level):
        return None
    minutes = plan.arrival(warning.kind, warning.level).finding
    return warning.arrived_at + timedelta(minutes=minutes) if minutes else None


def findings_owed(actor: Actor) -> QuerySet[Warning]:
    """Warnings in the actor's sight whose term has passed, the gravest and oldest first: for today's list."""
    rows = Warning.objects.visible_to(actor).filter(state=Warning.State.ACKNOWLEDGED, arrived_at__isnull=False)
    rows = rows.filter(asked_for_finding__gte=WHO_WENT)
    return rows.select_related(*PLACE).order_by("level", "arrived_at", "pk")


def ask_for_findings() -> int:
    """Remind of every finding that is overdue; returns of how many. Each in a transaction of its own, once for a step."""
    waiting = Warning.objects.filter(
        state=Warning.State.ACKNOWLEDGED, arrived_at__isnull=False, asked_for_finding__lt=LEAD
    )
    asked = 0
    for pk in list(waiting.order_by("level", "arrived_at").values_list("pk", flat=True)[:AT_ONCE]):
        try:
            asked += _ask_one(pk)
        except Exception:
            log.exception("the finding of warning %d could not be asked for; it is tried again", pk)
    return asked


def _ask_one(pk: int) -> bool:
    now = clock.now()
    with transaction.atomic():
        rows = Warning.objects.filter(pk=pk, state=Warning.State.ACKNOWLEDGED, asked_for_finding__lt=LEAD)
        warning = rows.select_for_update(skip_locked=True, of=("self",)).first()
        due = finding_due(warning) if warning is not None else None
        if warning is None or due is None or now < due:
            return False
        went = Account.objects.filter(pk=warning.acknowledged_by_id or 0, is_active=True).first()
        step = LEAD if went is None or now >= due + THEN_THE_LEAD else WHO_WENT
        if step == warning.asked_for_finding:
            return False
        people = {went.pk: went} if went is not None and warning.asked_for_finding < WHO_WENT else {}
        if step == LEAD:
            people |= {one.pk: one for one in _leads(warning) if one != went}
        for account in people.values():
            _tell(warning, account, went, now)
        warning.asked_for_finding = step
        warning.save(update_fields=["asked_for_finding"])
        actor = Actor.for_system("calling", warning.community_id)
        record("warnings.finding_asked_for", warning, actor=actor, accounts=list(people))
    return True


def _leads(warning: Warning) -> Sequence[Account]:
    return list(holders(Role.GRID_LEAD, grids=warning.covers())) or list(holders(Role.COMMUNITY_DIRECTOR))


def _tell(warning: Warning, account: Account, went: Account | None, now: datetime) -> None:
    assert warning.arrived_at is not None
    tell(
        account, lambda link: finding_text(warning, account, went, link),
        key=f"finding:{warning.pk}:{warning.arrived_at.timestamp():.0f}:{account.pk}", about=f"warning:{warning.pk}",
        path=warning_path(warning.pk), not_before=quiet_until(warning.level, now),
    )  # fmt: skip
