"""The nightly plan: counted one night, told, and carried out the next, unless somebody holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.retention.expiring import Expiry, Found, expiries
from linli.foundation.privacy.retention.holding_back import LONGEST_REASON, held_rules
from linli.foundation.privacy.retention.models import WORKFLOW, Plan, PlanLine
from linli.foundation.privacy.retention.rules import rule_of, version
from linli.foundation.tenancy import community_scope, every_community

HOUR = 3
"""Of the neighbourhood's day: when the plan is made, and the one of the night before is carried out."""


@dataclass(frozen=True)
class Line:
    """What one rule would erase now. ``held``: a hold stands in the way."""

    rule: str
    then: str
    found: Found
    held: bool


def scope_of(community_id: int | None) -> AbstractContextManager[None]:
    if community_id is None:
        return every_community("tables that belong to no community")
    return community_scope(community_id)


def dry_run(community_id: int | None, as_of: datetime | None = None) -> Iterator[Line]:
    """What the rules would erase of a community, or of the tables that belong to none; changes nothing."""
    moment = as_of or clock.now()
    with scope_of(community_id):
        held = held_rules()
        for expiry in of_community(community_id).values():
            found = expiry.look(moment)
            if found.count:
                yield Line(expiry.key, rule_of(expiry.key).then, found, expiry.key in held)


def of_community(community_id: int | None) -> Mapping[str, Expiry]:
    return {key: one for key, one in sorted(expiries().items()) if one.everywhere == (community_id is None)}


def make_plan(community_id: int | None) -> Plan | None:
    """The night's plan, once; ``None`` when it is made already or nothing is due."""
    now = clock.now()
    today = timezone.localtime(now).date()
    whose = {"community_id": community_id} if community_id is not None else {"community__isnull": True}
    if Plan.objects.filter(**whose, made_on=today).exists():
        return None
    lines = list(dry_run(community_id, now))
    actor = Actor.for_system("retention", community_id)
    try:
        with transaction.atomic():
            plan = Plan.objects.create(
                community_id=community_id,
                made_on=today,
                due_on=today + timedelta(days=1),
                as_of=now,
                rules_version=version(),
                state=Plan.State.PLANNED if lines else Plan.State.DONE,
                ended_at=None if lines else now,
            )
            PlanLine.objects.bulk_create(
                PlanLine(
                    plan=plan,
                    rule=line.rule,
                    then=line.then,
                    count=line.found.count,
                    oldest=line.found.oldest,
                    newest=line.found.newest,
                    details=dict(line.found.details),
                    held=line.held,
                )
                for line in lines
            )
            if lines:
                record("retention.planned", plan, actor=actor, lines=len(lines), due_on=plan.due_on.isoformat())
    except IntegrityError:
        return None
    return plan if lines else None


@transaction.atomic
def hold(plan_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Plan:
    """Nothing of it is erased until somebody lets it go on. Raises :class:`NotAllowed`, :class:`NotFound`, :class:`Conflict`."""
    plan = _locked(plan_id, version, actor)
    step = WORKFLOW.transition(plan.state, "hold")
    step.require({"reason": reason.strip()})
    plan.state, plan.held_reason, plan.held_by_id = Plan.State.HELD, reason.strip()[:LONGEST_REASON], actor.account_id
    plan.version += 1
    plan.save()
    record("retention.plan_held", plan, actor=actor)
    return plan


@transaction.atomic
def release(plan_id: int, *, version: int | None = None, actor: Actor) -> Plan:
    """Let it go on: carried out the next night, what has fallen under a hold meanwhile left out."""
    plan = _locked(plan_id, version, actor)
    plan.state = Plan.State(WORKFLOW.transition(plan.state, "release").target(plan.state))
    plan.held_reason = ""
    plan.due_on = max(plan.due_on, clock.today() + timedelta(days=1))
    plan.version += 1
    plan.save()
    record("retention.plan_released", plan, actor=actor)
    return plan


def _locked(plan_id: int, version: int | None, actor: Actor) -> Plan:
    plan = Plan.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    require(actor, "retention.lead", plan)
    if version is not None and version != plan.version:
        raise Conflict(_("刚刚有人改过，请看一遍再做。"), code="stale")
    return plan
