"""Changing a rule: its numbers within their range, or off. Only for the community's staff, and each change is on record.

A rule about danger to life is weakened by two people only: one asks and says why, another says yes. It is off for some days
at most (:mod:`rule_terms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.understand.warnings.detectors.schedule import DAYS
from linli.understand.warnings.models import (
    LONGEST_REASON,
    WAITS_FOR,
    Proposal,
    RuleChange,
)
from linli.understand.warnings.rule_terms import (
    LONGEST_OFF_DAYS,
    OFF_DAYS,
    end_after,
    held,
    put_into_force,
    row_of,
)
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.shipped import DANGER, Shipped, shipped_rules
from linli.understand.warnings.two_persons import CHANGED_BY, SHORTEST_REASON, allowed_on, decide, step_on
from linli.understand.warnings.weakening import held_whole, needs_two


def may_change_rules(actor: Actor) -> bool:
    return actor.system or bool(CHANGED_BY & actor.roles)


def checked(key: str, settings: Mapping[str, float | str]) -> dict[str, float | str]:
    """``settings`` of the rule as numbers. Raises :class:`NotFound` and :class:`Invalid` with the field and its range."""
    shipped = shipped_rules().get(key)
    if shipped is None:
        raise NotFound
    return {name: _checked(shipped, name, value) for name, value in settings.items()}


def change_rule(
    key: str,
    *,
    on: bool,
    settings: Mapping[str, float | str],
    actor: Actor,
    reason: str = "",
    off_days: int | None = None,
    proposal: Proposal | None = None,
) -> InForce:
    """Let the rule watch with these ``settings`` from now on; those not named keep their shipped value.

    What its devices said last is judged by the new numbers at once (:func:`~linli.understand.warnings.engine.judge_anew`); a
    rule that counts or learns forgets it, since with other numbers it would mean something else. Open warnings stay.

    A rule about danger to life is off for ``off_days`` from the moment when that holds, 1 to :data:`LONGEST_OFF_DAYS`; without
    them for :data:`OFF_DAYS`, or, where it is off already, until it would have listened again anyhow.

    What weakens a rule about danger to life (:mod:`weakening`) only waits, as a :class:`RuleChange`, for
    :func:`approve_change` by another person: what is returned is then what still holds. Raises :class:`NotAllowed` (also
    for Linli itself, which has no eyes), :class:`NotFound`, :class:`Invalid` (``reason_missing`` among others) and
    :class:`Conflict` (``change_waits``: another one is waiting already).
    """
    if not may_change_rules(actor):
        raise NotAllowed
    shipped = shipped_rules().get(key)
    if shipped is None:
        raise NotFound
    numbers = checked(key, settings)
    if len(reason.strip()) > LONGEST_REASON:
        raise Invalid(_("太长了，最多 %(most)d 个字。") % {"most": LONGEST_REASON}, code="too_long", field="reason")
    if off_days is not None and not 1 <= off_days <= LONGEST_OFF_DAYS:
        told = {"most": LONGEST_OFF_DAYS}
        raise Invalid(_("最少 1 天，最多 %(most)d 天。") % told, code="too_long", field="off_days")
    now = clock.now()
    with transaction.atomic():
        row = row_of(shipped)
        before = held(shipped, row)
        after = {"on": on, "settings": {**shipped.configured.settings, **numbers}, "off_until": None}
        if on or shipped.configured.level != DANGER:
            off_days = None
        elif off_days is None and before["off_until"]:
            after["off_until"] = before["off_until"]
        else:
            off_days = off_days or OFF_DAYS
            after["off_until"] = end_after(off_days, now)
        if before == after:
            return rules_in_force()[key]
        change = RuleChange(
            rule=key, before=before, after=after, off_days=off_days, reason=reason.strip(), proposal=proposal,
            asked_by_id=actor.account_id, asked_as=actor.role_and_name[:100], asked_at=now,
        )  # fmt: skip
        if needs_two(shipped, before, after):
            _ask(change, actor)
        else:
            change.state = RuleChange.State.IN_FORCE
            change.save()
            put_into_force(shipped, row, change, actor)
    return rules_in_force()[key]


def approve_change(change_id: int, *, actor: Actor) -> InForce:
    """The second person's yes: the rule watches like this from now on; for how long it is off counts from now.

    Raises :class:`NotFound`, :class:`NotAllowed` (``same_person`` for who asked) and :class:`Conflict` (``outdated``: the
    rule has been changed since, or nobody agreed in time).
    """
    with transaction.atomic():
        change = _step(change_id, "approve", actor)
        shipped = shipped_rules()[change.rule]
        row = row_of(shipped)
        if held(shipped, row) != held_whole(shipped, change.before):
            raise Conflict(_("这条规则后来改过，这个改动不算了。"), code="outdated")
        checked(change.rule, change.after["settings"])
        _count_from(change, shipped, clock.now())
        decide(change, actor)
        if change.proposal is not None:
            settle(change.proposal, Proposal.State.APPLIED, actor)
        put_into_force(shipped, row, change, actor)
    return rules_in_force()[change.rule]


def refuse_change(change_id: int, *, decision: str, actor: Actor) -> RuleChange:
    """The second person says no, and why; the rule stays as it is. Raises as :func:`approve_change`, and :class:`Invalid`
    without words."""
    with transaction.atomic():
        change = _step(change_id, "refuse", actor, decision=decision.strip())
        change.decision = decision.strip()[:LONGEST_REASON]
        decide(change, actor)
        if change.proposal is not None:
            settle(change.proposal, Proposal.State.DECLINED, actor)
        record("warnings.rule_change_refused", change, actor=actor, rule=change.rule)
    return change


def withdraw_change(change_id: int, *, actor: Actor) -> RuleChange:
    """Who asked takes it back. Raises :class:`NotFound` and :class:`NotAllowed`."""
    with transaction.atomic():
        change = _step(change_id, "withdraw", actor)
        decide(change, actor)
        record("warnings.rule_change_withdrawn", change, actor=actor, rule=change.rule)
    return change


def changes_of(key: str) -> list[RuleChange]:
    """What was ever changed of the rule, or asked for, newest first."""
    return list(RuleChange.objects.filter(rule=key).order_by("-asked_at", "-pk"))


def changes_waiting() -> dict[str, RuleChange]:
    """By rule, what waits for a second person."""
    asked = RuleChange.objects.filter(state=RuleChange.State.ASKED, asked_at__gt=clock.now() - WAITS_FOR)
    return {one.rule: one for one in asked}


def to_approve(changes: Iterable[RuleChange], actor: Actor) -> list[RuleChange]:
    """Of the changes, those that wait for the yes of ``actor``."""
    return [one for one in changes if "approve" in allowed_on(one, actor)]


def _step(change_id: int, verb: str, actor: Actor, **given: str) -> RuleChange:
    """The change, locked and moved on by ``verb``, unsaved; its rule is locked before it, as by whoever changes the rule."""
    if not may_change_rules(actor):
        raise NotAllowed
    key = RuleChange.objects.filter(pk=change_id).values_list("rule", flat=True).first()
    shipped = shipped_rules().get(key or "")
    if shipped is None:
        raise NotFound
    row_of(shipped)
    change = RuleChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    step_on(change, verb, actor, **given)
    return change


def _count_from(change: RuleChange, shipped: Shipped, now: datetime) -> None:
    """What was asked for before there were ends has the usual one."""
    if change.after["on"] or shipped.configured.level != DANGER:
        return
    days = change.off_days or (None if change.after.get("off_until") else OFF_DAYS)
    if days is not None:
        change.after = change.after | {"off_until": end_after(days, now)}


def _ask(change: RuleChange, actor: Actor) -> None:
    if actor.account_id is None:
        raise NotAllowed(_("这样改会晚报或者不报危险，要由人来提。"), code="needs_two_people")
    if len(change.reason) < SHORTEST_REASON:
        raise Invalid(
            _("这样改会晚报或者不报危险。请写清楚为什么，另一位看了才能同意。"), code="reason_missing", field="reason"
        )
    if change.rule in changes_waiting():
        raise Conflict(_("已经有一个改动在等人同意。请先等它有结果，或者收回。"), code="change_waits")
    change.save()
    record(
        "warnings.rule_change_asked", change, actor=actor, rule=change.rule, before=change.before, after=change.after
    )


def settle(proposal: Proposal, state: Proposal.State, actor: Actor) -> None:
    """What findings proposed has the end that its change has."""
    if proposal.state == Proposal.State.OPEN:
        proposal.state, proposal.decided_at, proposal.decided_by_id = state, clock.now(), actor.account_id
        proposal.save()
        told = {"rule": proposal.rule, "setting": proposal.setting, "value": proposal.value}
        record(f"warnings.proposal_{state}", proposal, actor=actor, **told)


def _checked(shipped: Shipped, name: str, value: float | str) -> float | str:
    if name == "days" and "days" in shipped.configured.settings:
        if value not in DAYS:
            raise Invalid(_("请选哪些日子。"), field=name, allowed=list(DAYS))
        return value
    setting = shipped.settings.get(name)
    if setting is None:
        raise Invalid(_("这条规则没有这个数。"), field=name, allowed=sorted(shipped.settings))
    if isinstance(value, str) or not setting.least <= value <= setting.most:
        told = {"least": f"{setting.least:g}", "most": f"{setting.most:g}", "unit": setting.unit}
        raise Invalid(_("要在 %(least)s 和 %(most)s 之间（%(unit)s）。") % told, field=name)
    if setting.whole and float(value) != int(value):
        raise Invalid(_("要填整数。"), field=name)
    return int(value) if setting.whole else float(value)
