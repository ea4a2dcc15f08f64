"""Changing a rule: its numbers within their range, or off. Only for the community's staff, and each change is on record.

A rule about danger to life is weakened by two people only: one asks and says why, another says yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.persons import same_person
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.detectors.schedule import DAYS
from linli.understand.warnings.engine import judge_anew
from linli.understand.warnings.models import (
    CHANGE_WORKFLOW,
    LONGEST_REASON,
    Proposal,
    Rule,
    RuleChange,
)
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.shipped import Shipped, shipped_rules
from linli.understand.warnings.weakening import needs_two

SHORTEST_REASON = 4
CHANGED_BY = frozenset({Role.COMMUNITY_DIRECTOR, Role.COMMUNITY_WORKER})


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
    proposal: Proposal | None = None,
) -> InForce:
    """Let the rule watch with these ``settings`` from now on; those not named keep their shipped value.

    What its devices said last is judged by the new numbers at once (:func:`~linli.understand.warnings.engine.judge_anew`); a
    rule that counts or learns forgets it, since with other numbers it would mean something else. Open warnings stay.

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
    with transaction.atomic():
        row = _row(shipped)
        before, after = _held(shipped, row), {"on": on, "settings": {**shipped.configured.settings, **numbers}}
        if before == after:
            return rules_in_force()[key]
        change = RuleChange(
            rule=key, before=before, after=after, reason=reason.strip(), proposal=proposal, asked_by_id=actor.account_id,
            asked_as=actor.role_and_name[:100], asked_at=clock.now(),
        )  # fmt: skip
        if needs_two(shipped, before, after):
            _ask(change, actor)
        else:
            change.state = RuleChange.State.IN_FORCE
            change.save()
            _put_into_force(shipped, row, change, actor)
    return rules_in_force()[key]


def approve_change(change_id: int, *, actor: Actor) -> InForce:
    """The second person's yes: the rule watches like this from now on.

    Raises :class:`NotFound`, :class:`NotAllowed` (``same_person`` for who asked) and :class:`Conflict` (``outdated``: the
    rule has been changed since).
    """
    with transaction.atomic():
        change = _step(change_id, "approve", actor)
        shipped = shipped_rules()[change.rule]
        row = _row(shipped)
        if _held(shipped, row) != change.before:
            raise Conflict(_("这条规则后来改过，这个改动不算了。"), code="outdated")
        checked(change.rule, change.after["settings"])
        _decide(change, actor)
        if change.proposal is not None:
            settle(change.proposal, Proposal.State.APPLIED, actor)
        _put_into_force(shipped, row, change, actor)
    return rules_in_force()[change.rule]


def refuse_change(change_id: int, *, decision: str, actor: Actor) -> RuleChange:
    """The second person says no, and why; the rule stays as it is. Raises as :func:`approve_change`, and :class:`Invalid`
    without words."""
    with transaction.atomic():
        change = _step(change_id, "refuse", actor, decision=decision.strip())
        change.decision = decision.strip()[:LONGEST_REASON]
        _decide(change, actor)
        if change.proposal is not None:
            settle(change.proposal, Proposal.State.DECLINED, actor)
        record("warnings.rule_change_refused", change, actor=actor, rule=change.rule)
    return change


def withdraw_change(change_id: int, *, actor: Actor) -> RuleChange:
    """Who asked takes it back. Raises :class:`NotFound` and :class:`NotAllowed`."""
    with transaction.atomic():
        change = _step(change_id, "withdraw", actor)
        _decide(change, actor)
        record("warnings.rule_change_withdrawn", change, actor=actor, rule=change.rule)
    return change


def changes_of(key: str) -> list[RuleChange]:
    """What was ever changed of the rule, or asked for, newest first."""
    return list(RuleChange.objects.filter(rule=key).order_by("-asked_at", "-pk"))


def changes_waiting() -> dict[str, RuleChange]:
    """By rule, what waits for a second person."""
    return {one.rule: one for one in RuleChange.objects.filter(state=RuleChange.State.ASKED)}


def to_approve(changes: Iterable[RuleChange], actor: Actor) -> list[RuleChange]:
    """Of the changes, those that wait for the yes of ``actor``."""
    return [one for one in changes if "approve" in allowed_on(one, actor)]


def allowed_on(change: RuleChange, actor: Actor) -> set[str]:
    """The verbs of the state table that ``actor`` may do to it now."""
    return {step.verb for step in CHANGE_WORKFLOW.allowed(change.state) if _may(step.who, change, actor)}


def _may(who: Set[str], change: RuleChange, actor: Actor) -> bool:
    if actor.account_id is None or not may_change_rules(actor):
        return False
    if "asker" in who:
        return change.asked_by_id == actor.account_id
    return "another" in who and not same_person(actor.account_id, change.asked_by_id)


def _step(change_id: int, verb: str, actor: Actor, **given: str) -> RuleChange:
    """The change, locked and moved on by ``verb``, unsaved."""
    if not may_change_rules(actor):
        raise NotAllowed
    change = RuleChange.objects.select_for_update(of=("self",)).filter(pk=change_id).first()
    if change is None or change.rule not in shipped_rules():
        raise NotFound
    step = CHANGE_WORKFLOW.transition(change.state, verb)
    if not _may(step.who, change, actor):
        raise NotAllowed(_("自己提的，要另一位来同意。"), code="same_person") if "another" in step.who else NotAllowed()
    step.require(given)
    change.state = step.target(change.state)
    return change


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


def _decide(change: RuleChange, actor: Actor) -> None:
    change.decided_by_id, change.decided_as = actor.account_id, actor.role_and_name[:100]
    change.decided_at = clock.now()
    change.save()


def settle(proposal: Proposal, state: Proposal.State, actor: Actor) -> None:
    """What findings proposed has the end that its change has."""
    if proposal.state == Proposal.State.OPEN:
        proposal.state, proposal.decided_at, proposal.decided_by_id = state, clock.now(), actor.account_id
        proposal.save()
        told = {"rule": proposal.rule, "setting": proposal.setting, "value": proposal.value}
        record(f"warnings.proposal_{state}", proposal, actor=actor, **told)


def _put_into_force(shipped: Shipped, row: Rule, change: RuleChange, actor: Actor) -> None:
    before = {"on": row.on, "settings": row.settings}
    standard, wanted = shipped.configured.settings, change.after["settings"]
    row.on, row.changed_at = change.after["on"], clock.now()
    row.settings = {name: value for name, value in wanted.items() if value != standard.get(name)}
    row.save()
    judge_anew(shipped.key)
    overtake = CHANGE_WORKFLOW.transition(RuleChange.State.ASKED, "overtake")
    RuleChange.objects.filter(rule=shipped.key, state=RuleChange.State.ASKED).update(
        state=overtake.target(RuleChange.State.ASKED), decided_at=clock.now()
    )
    community = Community.objects.get(pk=active_community_id())
    record("warnings.rule_changed", community, actor=actor, rule=shipped.key, before=before,
           after={"on": row.on, "settings": row.settings}, change=change.pk)  # fmt: skip


def _row(shipped: Shipped) -> Rule:
    """The row of the rule, locked, so that two changes come one after the other."""
    row, _made = Rule.objects.select_for_update(of=("self",)).get_or_create(
        key=shipped.key, defaults={"changed_at": clock.now(), "on": shipped.on}
    )
    return row


def _held(shipped: Shipped, row: Rule) -> dict[str, Any]:
    known = {name: value for name, value in row.settings.items() if name in shipped.configured.settings}
    return {"on": row.on, "settings": {**shipped.configured.settings, **known}}


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
