"""Changing the order of calling. Only the director; an order that is weaker about danger to life waits for a second person.

Weaker is an order by which, in some grid, the first or the second person who can go is called later about a danger than now,
or never; by which a call by telephone falls away; or by which whoever said that they go has longer to arrive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import inf
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.persons import one_a_person
from linli.foundation.accounts.roles import GRID_STAFF, Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community, Grid
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.call_plan import may_climb, plan_in_force, plan_of
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
from linli.understand.warnings.models import LONGEST_REASON, WAITS_FOR, CallPlan, PlanChange
from linli.understand.warnings.shipped import DANGER, shipped_rules
from linli.understand.warnings.two_persons import CHANGED_BY, SHORTEST_REASON, decide, expire, overtake, step_on

Held = set[tuple[str, int | None, int]]
"""(role, grid, person) of everybody who holds a role now; several accounts of one person are one of them."""


def change_plan(
    *,
    ladders: Mapping[str, Sequence[Rung]],
    rules: Sequence[str],
    quiet_from: int,
    quiet_until: int,
    actor: Actor,
    arrivals: Mapping[str, Arrival] | None = None,
    reason: str = "",
) -> Plan:
    """Let people be called in this order from now on; climbs under way keep theirs. Only the director. A weaker order only
    waits, as a :class:`PlanChange`: what is returned is then what still holds. The order that holds already changes nothing, and
    another that waits goes on waiting.

    ``arrivals`` that are not given stay as they are. Raises :class:`NotAllowed` and :class:`Invalid` with the ladder as
    its field: each that is shipped must name somebody; ``arrivals`` for a term out of its bounds; ``reason`` where a weaker one
    says none. :class:`Conflict` (``change_waits``) while another waits.
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
    content = {
        "ladders": written, "rules": sorted(rules), "quiet_from": quiet_from, "quiet_until": quiet_until,
        "arrivals": {name: asdict(_checked_term(terms[name])) for name in SHIPPED.arrivals},
    }  # fmt: skip
    with transaction.atomic():
        Community.objects.select_for_update(of=("self",)).get(pk=active_community_id())
        expire_plan_changes()
        before, asked = plan_in_force(), plan_of(content)
        if asked == before:
            return before
        weaker = weakened(before, asked, held_now(), list(Grid.objects.values_list("pk", flat=True)))
        if weaker:
            _ask(before, content, weaker, reason.strip(), actor)
        else:
            _put_into_force(content, actor)
    return plan_in_force()


def weakened(before: Plan, after: Plan, held: Held, grids: Sequence[int]) -> list[str]:
    """By what ``after`` is weaker about danger: ``people:``, ``voice:`` and ``arrival:`` with the name of a ladder. Pure."""
    found = []
    for name in after.ladders:
        if name != DANGER and not _is_danger(name):
            continue
        was, then = before.ladder(name, DANGER), after.ladders[name]
        if _any_later(was, then, held, grids):
            found.append(f"people:{name}")
        telephoned = {one.role for one in was if one.voice}
        silenced = any(one.role in telephoned and not one.voice for one in then)
        if silenced or _any_later(was, then, held, grids, by_phone=True):
            found.append(f"voice:{name}")
        old, new = before.arrival(name, DANGER), after.arrival(name, DANGER)
        if new.within > old.within or new.grace > old.grace:
            found.append(f"arrival:{name}")
    return found


def moments(rungs: Sequence[Rung], held: Held, grid: int, *, by_phone: bool = False) -> tuple[float, float]:
    """Minutes after an alarm in ``grid`` at which the first and the second person who can go are called, or called
    ``by_phone``; ``inf``: never. Pure.

    The street office goes nowhere, it asks why. A rung on which nobody stands is passed over at once.
    """
    people: set[int] = set()
    called: list[float] = []
    minutes = 0.0
    for rung in rungs:
        role = Role(rung.role)
        here = {who for one, where, who in held if one == role and (where == grid or role not in GRID_STAFF)}
        if role != Role.STREET_OFFICE and (rung.voice or not by_phone):
            called += [minutes] * len(here - people)
            people |= here
        if here:
            minutes += rung.minutes
    first, second = [*called, inf, inf][:2]
    return first, second


def held_now() -> Held:
    """Everybody of active accounts who may stand on a rung."""
    now = clock.now()
    grants = Grant.objects.filter(
        role__in=ROLES, community=active_community_id(), starts_at__lte=now, expires_at__gt=now, account__is_active=True
    )
    rows = list(grants.values_list("role", "grid", "account"))
    person = one_a_person(account for _role, _grid, account in rows)
    return {(role, grid, person[account]) for role, grid, account in rows}


def plan_change_waiting() -> PlanChange | None:
    rows = PlanChange.objects.filter(state=PlanChange.State.ASKED, asked_at__gt=clock.now() - WAITS_FOR)
    return rows.first()


def plan_changes() -> list[PlanChange]:
    """Weaker orders that were ever asked for, newest first."""
    return list(PlanChange.objects.order_by("-asked_at", "-pk"))


def decide_on_plan(change_id: int, verb: str, *, actor: Actor, decision: str = "") -> PlanChange:
    """``approve``, ``refuse`` (with words) or ``withdraw`` what waits.

    Raises :class:`NotFound`, :class:`NotAllowed`, :class:`Invalid` without words and :class:`Conflict` (``outdated``: the order
    has been changed since, or nobody agreed in time).
    """
    if not CHANGED_BY & actor.roles:
        raise NotAllowed
    if verb not in {"approve", "refuse", "withdraw"}:
        raise NotFound
    with transaction.atomic():
        Community.objects.select_for_update(of=("self",)).get(pk=active_community_id())
        expire_plan_changes()
        change = PlanChange.objects.select_for_update(of=("self",)).filter(pk=change_id).first()
        if change is None:
            raise NotFound
        step_on(change, verb, actor, decision=decision.strip())
        if verb == "approve" and plan_of(change.before) != plan_in_force():
            raise Conflict(_("叫应次序后来改过，这个改动不算了。"), code="outdated")
        change.decision = decision.strip()[:LONGEST_REASON]
        decide(change, actor)
        if verb == "approve":
            _put_into_force(change.after, actor)
        else:
            record("warnings.plan_change_ended", change, actor=actor, state=change.state)
    return change


def expire_plan_changes() -> int:
    """What waited too long for a second person; returns how many."""
    now = clock.now()
    with transaction.atomic():
        late = PlanChange.objects.filter(state=PlanChange.State.ASKED, asked_at__lte=now - WAITS_FOR)
        rows = list(late.select_for_update(of=("self",)))
        for change in rows:
            expire(change, now)
            system = Actor.for_system("rules", active_community_id())
            record("warnings.plan_change_expired", change, actor=system)
    return len(rows)


def _ask(before: Plan, content: dict[str, Any], weaker: list[str], reason: str, actor: Actor) -> None:
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            _("这样改，出了险情会少叫到人、不打电话，或者叫得、到得更晚。请写清楚为什么，另一位看了才能同意。"),
            code="reason_missing", field="reason", weakens=weaker,
        )  # fmt: skip
    if PlanChange.objects.filter(state=PlanChange.State.ASKED).exists():
        raise Conflict(_("已经有一个改动在等人同意。请先等它有结果，或者收回。"), code="change_waits")
    change = PlanChange.objects.create(
        before=_kept(before), after=content, weakens=weaker, reason=reason, asked_by_id=actor.account_id,
        asked_as=actor.role_and_name[:100], asked_at=clock.now(),
    )  # fmt: skip
    record("warnings.plan_change_asked", change, actor=actor, weakens=weaker)


def _put_into_force(content: Mapping[str, Any], actor: Actor) -> None:
    """Another change that waits is overtaken."""
    CallPlan.objects.update_or_create(
        community_id=active_community_id(), defaults={**content, "changed_at": clock.now()}
    )
    overtake(PlanChange.objects.all())
    record("warnings.call_plan_changed", Community.objects.get(pk=active_community_id()), actor=actor, **content)


def _kept(plan: Plan) -> dict[str, Any]:
    return {
        "ladders": {name: [asdict(one) for one in rungs] for name, rungs in plan.ladders.items()},
        "rules": sorted(plan.rules), "quiet_from": plan.quiet_from, "quiet_until": plan.quiet_until,
        "arrivals": {name: asdict(term) for name, term in plan.arrivals.items()},
    }  # fmt: skip


def _is_danger(name: str) -> bool:
    rule = shipped_rules().get(name)
    return rule is not None and rule.configured.level == DANGER


def _any_later(
    was: Sequence[Rung], then: Sequence[Rung], held: Held, grids: Sequence[int], *, by_phone: bool = False
) -> bool:
    def both(grid: int) -> Iterator[tuple[float, float]]:
        old, new = (moments(one, held, grid, by_phone=by_phone) for one in (was, then))
        return zip(old, new, strict=True)

    return any(new > old for grid in grids for old, new in both(grid))


def _checked(name: str, rungs: Sequence[Rung]) -> Sequence[Rung]:
    if not 1 <= len(rungs) <= MOST_RUNGS:
        raise Invalid(_("至少要有一级，最多 %(most)d 级。") % {"most": MOST_RUNGS}, field=name)
    for one in rungs:
        if one.role not in ROLES:
            raise Invalid(_("请选叫谁。"), field=name, allowed=list(ROLES))
        if not LEAST_MINUTES <= one.minutes <= MOST_MINUTES:
            told = {"least": f"{LEAST_MINUTES:g}", "most": f"{MOST_MINUTES:g}"}
            raise Invalid(_("等 %(least)s 到 %(most)s 分钟再叫下一级。") % told, field=name)
    if len({one.role for one in rungs}) < len(rungs):
        raise Invalid(_("同一种人只能叫一级。"), code="role_twice", field=name)
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
