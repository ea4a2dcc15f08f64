"""Carrying a plan out: a few hundred rows a transaction, a breath between two, so that nobody who writes waits for long.

Each transaction erases, moves the line's ``done`` and its digest, all or nothing: killed at any moment, the next start
goes on where it was, and the register counts each row once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy

from django.db import transaction
from django.db.models import F

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.privacy.retention import freeing, register, tombstones
from linli.foundation.privacy.retention.expiring import Expiry, expiries
from linli.foundation.privacy.retention.holding_back import held_rules
from linli.foundation.privacy.retention.models import WORKFLOW, Plan, PlanLine
from linli.foundation.privacy.retention.planning import scope_of

BREATH = 0.01
"""Seconds between two transactions, in which others write."""


def due_plans():
    """Plans whose night has come, oldest first."""
    return Plan.objects.filter(state__in=(Plan.State.PLANNED, Plan.State.RUNNING), due_on__lte=clock.today()).order_by(
        "due_on", "pk"
    )


def carry_on(*, seconds: float) -> bool:
    """Work on what is due for about so many seconds; whether something may be left."""
    until = time.monotonic() + seconds
    finished = 0
    for plan in due_plans():
        if not carry_out(plan, until=until):
            return True
        finished += 1
    if finished:
        freeing.overwrite()
    return False


def carry_out(plan: Plan, *, until: float | None = None) -> bool:
    """Erase what the plan announced, until the monotonic clock reads ``until``; whether it is finished."""
    actor = Actor.for_system("retention", plan.community_id)
    if not _start(plan):
        return True
    with scope_of(plan.community_id):
        for line in plan.lines.filter(ended_at__isnull=True).order_by("pk"):
            held = held_rules()
            expiry = expiries().get(line.rule)
            if expiry is not None and line.rule not in held and not _work(plan, line, expiry, until):
                return False
            _end_line(plan, line, held=line.rule in held, actor=actor)
    return _finish(plan, actor)


def _start(plan: Plan) -> bool:
    """Take it up; False when somebody put it on hold meanwhile."""
    with transaction.atomic():
        held = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        if held.state == Plan.State.PLANNED:
            held.state = WORKFLOW.transition(held.state, "start").target(held.state)
            held.started_at = held.started_at or clock.now()
            held.save(update_fields=["state", "started_at"])
        return held.state == Plan.State.RUNNING


def _work(plan: Plan, line: PlanLine, expiry: Expiry, until: float | None) -> bool:
    """Whether the line is done; stops between two steps when it is time, or when the plan was put on hold."""

    def note(count: int, marks: Sequence[str]) -> None:
        row = PlanLine.objects.select_for_update().get(pk=line.pk)
        row.digest = register.grown(row.digest, marks)
        PlanLine.objects.filter(pk=line.pk).update(done=F("done") + count, digest=row.digest)

    # Its own, so that what an expiry remembers between two steps ends with this walk.
    expiry = copy(expiry)
    while True:
        if until is not None and time.monotonic() >= until:
            return False
        if not Plan.objects.filter(pk=plan.pk, state=Plan.State.RUNNING).exists():
            return False
        if not expiry.step(plan.as_of, note):
            return True
        time.sleep(BREATH)


def _end_line(plan: Plan, line: PlanLine, *, held: bool, actor: Actor) -> None:
    if not held and PlanLine.objects.filter(pk=line.pk, done__gt=0).exists():
        tombstones.lay([tombstones.of_rule(line.rule, plan.as_of, plan.community_id)])
    with transaction.atomic():
        row = PlanLine.objects.select_for_update().get(pk=line.pk)
        if row.ended_at is not None:
            return
        row.held, row.ended_at = held, clock.now()
        row.save(update_fields=["held", "ended_at"])
        if row.done:
            register.enter(
                row.rule,
                row.done,
                then=row.then,
                rule=row.rule,
                about=f"plan:{plan.pk}",
                marks=row.digest,
                community_id=plan.community_id,
                actor=actor,
            )


def _finish(plan: Plan, actor: Actor) -> bool:
    with transaction.atomic():
        held = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        if held.state != Plan.State.RUNNING:
            return True
        held.state = WORKFLOW.transition(held.state, "finish").target(held.state)
        held.ended_at = clock.now()
        held.save(update_fields=["state", "ended_at"])
        done = sum(held.lines.values_list("done", flat=True))
        record("retention.carried_out", held, actor=actor, rows=done)
    return True
