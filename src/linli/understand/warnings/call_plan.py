"""The order in which people are called in the community in scope, and how its director changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.causes import groups
from linli.understand.warnings.climbing import (
    LEAST_MINUTES,
    LEAST_WITHIN,
    LONGEST_FINDING,
    MOST_MINUTES,
    MOST_RUNGS,
    ROLES,
    SHIPPED,
    Arrival,
    Plan,
    Rung,
)
from linli.understand.warnings.models import CallPlan
from linli.understand.warnings.shipped import shipped_rules


def plan_in_force() -> Plan:
    """As the community has written it, else as shipped: one query."""
    row = CallPlan.objects.first()
    if row is None:
        return SHIPPED
    ladders = {name: tuple(Rung(**rung) for rung in rungs) for name, rungs in row.ladders.items()}
    written = {name: {**_unless_written(name), **term} for name, term in row.arrivals.items()}
    arrivals = {**SHIPPED.arrivals, **{name: Arrival(**term) for name, term in written.items()}}
    return Plan(ladders, frozenset(row.rules), row.quiet_from, row.quiet_until, arrivals)


def _unless_written(name: str) -> dict[str, float]:
    """What a plan lacks that was written before there was a term of the finding."""
    return {"finding": SHIPPED.arrivals[name].finding} if name in SHIPPED.arrivals else {}


def quiet_until(level: str, now: datetime) -> datetime | None:
    """When a notice of this level may leave; ``None``: now."""
    local = timezone.localtime(now)
    may = plan_in_force().may_ring(level, local)
    return None if may == local else may


def change_plan(
    *,
    ladders: Mapping[str, Sequence[Rung]],
    rules: Sequence[str],
    quiet_from: int,
    quiet_until: int,
    actor: Actor,
    arrivals: Mapping[str, Arrival] | None = None,
) -> Plan:
    """Let people be called in this order from now on; climbs under way keep theirs. Only the director.

    ``arrivals`` that are not given stay as they are. Raises :class:`NotAllowed` and :class:`Invalid` with the ladder as
    its field: each that is shipped must name somebody; ``arrivals`` for a term out of its bounds.
    """
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
    written = {name: [asdict(one) for one in _checked(name, ladders.get(name, ()))] for name in SHIPPED.ladders}
    p1 = may_climb()
    if unknown := sorted(set(rules) - set(p1)):
        raise Invalid(_("没有这条规则。"), field="rules", allowed=sorted(p1), unknown=unknown)
    for name, hour in (("quiet_from", quiet_from), ("quiet_until", quiet_until)):
        if not 0 <= hour <= 23:
            raise Invalid(_("钟点在 0 和 23 之间。"), field=name)
    terms = {**plan_in_force().arrivals, **(arrivals or {})}
    with transaction.atomic():
        content = {
            "ladders": written, "rules": sorted(rules), "quiet_from": quiet_from, "quiet_until": quiet_until,
            "arrivals": {name: asdict(_checked_term(terms[name])) for name in SHIPPED.arrivals},
        }  # fmt: skip
        CallPlan.objects.update_or_create(
            community_id=active_community_id(), defaults=content | {"changed_at": clock.now()}
        )
        record("warnings.call_plan_changed", Community.objects.get(pk=active_community_id()), actor=actor, **content)
    return plan_in_force()


def may_climb() -> list[str]:
    """Keys of P1, of rules and of what stands for many: a community chooses about which of them people are called."""
    rules = [key for key, rule in shipped_rules().items() if rule.configured.level == "P1"]
    return rules + [key for key, group in groups().items() if group.level == "P1"]


def _checked(name: str, rungs: Sequence[Rung]) -> Sequence[Rung]:
    if not 1 <= len(rungs) <= MOST_RUNGS:
        raise Invalid(_("至少要有一级，最多 %(most)d 级。") % {"most": MOST_RUNGS}, field=name)
    for one in rungs:
        if one.role not in ROLES:
            raise Invalid(_("请选叫谁。"), field=name, allowed=list(ROLES))
        if not LEAST_MINUTES <= one.minutes <= MOST_MINUTES:
            told = {"least": f"{LEAST_MINUTES:g}", "most": f"{MOST_MINUTES:g}"}
            raise Invalid(_("等 %(least)s 到 %(most)s 分钟再叫下一级。") % told, field=name)
    return rungs


def _checked_term(term: Arrival) -> Arrival:
    least = f"{LEAST_WITHIN:g}" if not LEAST_WITHIN <= term.within <= MOST_MINUTES else ""
    if not LEAST_MINUTES <= term.grace <= MOST_MINUTES:
        least = least or f"{LEAST_MINUTES:g}"
    if not 0 <= term.finding <= LONGEST_FINDING:
        most = {"most": f"{LONGEST_FINDING:g}"}
        raise Invalid(_("写发现的时限在 0 到 %(most)s 分钟之间，0 就是不提醒。") % most, field="arrivals")
    if least:
        told = {"least": least, "most": f"{MOST_MINUTES:g}"}
        raise Invalid(_("到场的时限和提醒以后的等待，在 %(least)s 到 %(most)s 分钟之间。") % told, field="arrivals")
    return term
