"""What ends by itself: a rule about danger to life that is off listens again, and a change to which nobody agreed expires.

Both are rows with a moment: what came due while no worker ran is done by the next one, and whoever changes a rule meanwhile
finds it done.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.engine import judge_anew
from linli.understand.warnings.models import WAITS_FOR, Rule, RuleChange
from linli.understand.warnings.shipped import DANGER, Shipped, shipped_rules
from linli.understand.warnings.two_persons import expire, overtake

log = logging.getLogger(__name__)

OFF_DAYS = 7
"""For how long a rule about danger to life is off where nobody says it."""
LONGEST_OFF_DAYS = 30


def keep_terms() -> int:
    """Do what has come due of every rule in the community in scope; returns of how many rules."""
    now = clock.now()
    due = {row.key for row in Rule.objects.filter(on=False) if _is_due(row, now)}
    due |= set(_waiting_too_long(now).values_list("rule", flat=True))
    for key in sorted(due & set(shipped_rules())):
        try:
            with transaction.atomic():
                row_of(shipped_rules()[key])
        except Exception:
            log.exception("what is due of the rule %s could not be done; it is tried again", key)
    return len(due)


def row_of(shipped: Shipped) -> Rule:
    """The row of the rule, locked, so that two changes come one after the other; what has come due of it is done."""
    row, _made = Rule.objects.select_for_update(of=("self",)).get_or_create(
        key=shipped.key, defaults={"changed_at": clock.now(), "on": shipped.on}
    )
    now = clock.now()
    if _is_due(row, now):
        _listen_again(shipped, row) if row.off_until is not None else _give_an_end(shipped, row, now)
    for change in _waiting_too_long(now).filter(rule=shipped.key).select_for_update(of=("self",)):
        expire(change, now)
        record("warnings.rule_change_expired", change, actor=_system(), rule=change.rule)
    return row


def held(shipped: Shipped, row: Rule) -> dict[str, Any]:
    """What holds, as a :class:`RuleChange` keeps it."""
    known = {name: value for name, value in row.settings.items() if name in shipped.configured.settings}
    until = row.off_until.isoformat() if row.off_until is not None and not row.on else None
    return {"on": row.on, "settings": {**shipped.configured.settings, **known}, "off_until": until}


def put_into_force(shipped: Shipped, row: Rule, change: RuleChange, actor: Actor) -> None:
    """Let the rule watch as ``change`` says, from now on; another change that waits is overtaken."""
    before = {"on": row.on, "settings": row.settings}
    standard, after = shipped.configured.settings, change.after
    row.on, row.changed_at = after["on"], clock.now()
    row.off_until = None if row.on or not after.get("off_until") else datetime.fromisoformat(after["off_until"])
    row.settings = {name: value for name, value in after["settings"].items() if value != standard.get(name)}
    row.save()
    judge_anew(shipped.key)
    overtake(RuleChange.objects.filter(rule=shipped.key))
    community = Community.objects.get(pk=active_community_id())
    record("warnings.rule_changed", community, actor=actor, rule=shipped.key, before=before,
           after={"on": row.on, "settings": row.settings}, change=change.pk)  # fmt: skip


def end_after(days: int, now: datetime) -> str:
    """The end of so many days from ``now``, as a :class:`RuleChange` keeps it."""
    return (now + timedelta(days=days)).isoformat()


def _is_due(row: Rule, now: datetime) -> bool:
    """An end that has come; or none at all, of a rule that was switched off before there were ends."""
    shipped = shipped_rules().get(row.key)
    if row.on or shipped is None or shipped.configured.level != DANGER:
        return False
    return row.off_until <= now if row.off_until is not None else shipped.on


def _listen_again(shipped: Shipped, row: Rule) -> None:
    after = held(shipped, row) | {"on": True, "off_until": None}
    _change_by_itself(shipped, row, after, RuleChange.ByItself.LISTENS_AGAIN)


def _give_an_end(shipped: Shipped, row: Rule, now: datetime) -> None:
    after = held(shipped, row) | {"off_until": end_after(OFF_DAYS, now)}
    _change_by_itself(shipped, row, after, RuleChange.ByItself.GIVEN_AN_END)


def _change_by_itself(shipped: Shipped, row: Rule, after: dict[str, Any], why: RuleChange.ByItself) -> None:
    change = RuleChange.objects.create(
        rule=shipped.key, state=RuleChange.State.IN_FORCE, before=held(shipped, row), after=after, by_itself=why,
        asked_at=clock.now(),
    )  # fmt: skip
    put_into_force(shipped, row, change, _system())


def _waiting_too_long(now: datetime) -> QuerySet[RuleChange]:
    return RuleChange.objects.filter(state=RuleChange.State.ASKED, asked_at__lte=now - WAITS_FOR)


def _system() -> Actor:
    return Actor.for_system("rules", active_community_id())
