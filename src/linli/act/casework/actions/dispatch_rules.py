"""Writing the rules by which cases are given out: the director's, row by row."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from linli.act.casework.models import DispatchRule, Level, OutsideUnit
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.phones import mobile
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Building, Estate, Grid
from linli.understand.triage.taxonomy import categories

PLACES = {"grid_id": Grid, "estate_id": Estate, "building_id": Building, "to_grid_id": Grid, "to_unit_id": OutsideUnit}


def write_rule(
    *,
    actor: Actor,
    why: str,
    rule_id: int | None = None,
    category: str = "",
    level: str = "",
    grid_id: int | None = None,
    estate_id: int | None = None,
    building_id: int | None = None,
    to_grid_id: int | None = None,
    to_unit_id: int | None = None,
    active: bool = True,
) -> DispatchRule:
    """A new rule, last in the order, or another content for ``rule_id``.

    Raises :class:`Invalid` for a rule without a target (``target_missing``), without words (``missing``), or for a
    category, level or place that there is not.
    """
    _must_be_director(actor)
    if not why.strip():
        raise Invalid(_("请写一句为什么。"), code="missing", field="why")
    if to_grid_id is None and to_unit_id is None:
        raise Invalid(_("请选派给谁：网格或者外单位。"), code="target_missing", field="to_grid_id")
    if category and category not in categories():
        raise Invalid(_("没有这个分类。"), code="category_unknown", field="category")
    if level and level not in Level.values:
        raise Invalid(_("没有这个缓急。"), code="level_unknown", field="level")
    places = {
        "grid_id": grid_id, "estate_id": estate_id, "building_id": building_id, "to_grid_id": to_grid_id,
        "to_unit_id": to_unit_id,
    }  # fmt: skip
    for name, pk in places.items():
        if pk is not None and not PLACES[name].objects.filter(pk=pk).exists():
            raise NotFound(field=name)
    if to_unit_id is not None and not OutsideUnit.objects.filter(pk=to_unit_id, active=True).exists():
        raise Conflict(_("这个单位已经停用了。"), code="unit_ended", field="to_unit_id")
    with transaction.atomic():
        rule = _locked(rule_id) if rule_id is not None else DispatchRule(position=_last() + 1)
        content: dict[str, Any] = places | {
            "category": category,
            "level": level,
            "why": why.strip()[:120],
            "active": active,
        }
        for name, value in content.items():
            setattr(rule, name, value)
        rule.changed_by_id, rule.changed_at = actor.account_id, clock.now()
        rule.save()
        record(
            "casework.dispatch_rule_written", rule, actor=actor, new=rule_id is None,
            **{name: value for name, value in content.items() if name != "why"},
        )  # fmt: skip
    return rule


def move_rule(rule_id: int, *, up: bool, actor: Actor) -> None:
    """Before or after its neighbour; at the edge nothing happens."""
    _must_be_director(actor)
    with transaction.atomic():
        rules = list(DispatchRule.objects.order_by("position", "pk").select_for_update(of=("self",)))
        at = next((n for n, rule in enumerate(rules) if rule.pk == rule_id), None)
        if at is None:
            raise NotFound
        to = at - 1 if up else at + 1
        if 0 <= to < len(rules):
            rules[at], rules[to] = rules[to], rules[at]
        for n, rule in enumerate(rules, start=1):
            rule.position = n
        DispatchRule.objects.bulk_update(rules, ["position"])
        record("casework.dispatch_rule_moved", rules[min(max(to, 0), len(rules) - 1)], actor=actor, up=up)


def remove_rule(rule_id: int, *, actor: Actor) -> None:
    _must_be_director(actor)
    with transaction.atomic():
        rule = _locked(rule_id)
        record("casework.dispatch_rule_removed", rule, actor=actor)
        rule.delete()


def write_unit(
    *, actor: Actor, kind: str, name: str, duty: str = "", phone: str = "", unit_id: int | None = None
) -> OutsideUnit:
    """A contractor or department; an empty ``phone`` leaves that of a known unit as it is. Community staff only.

    Raises :class:`Invalid`, also for what is no mobile number, and :class:`Conflict` ``name_taken``."""
    if not actor.is_community_staff:
        raise NotAllowed
    name = name.strip()[:64]
    if not name:
        raise Invalid(_("请写单位的名字。"), code="missing", field="name")
    if kind not in OutsideUnit.Kind.values:
        raise Invalid(_("请选是哪一种单位。"), code="choice_unknown", field="kind")
    with transaction.atomic():
        if OutsideUnit.objects.filter(name=name).exclude(pk=unit_id or 0).exists():
            raise Conflict(_("已经有叫这个名字的单位了。"), code="name_taken", field="name")
        unit = (
            OutsideUnit.objects.select_for_update(of=("self",)).filter(pk=unit_id).first() if unit_id else OutsideUnit()
        )
        if unit is None:
            raise NotFound
        unit.kind, unit.name, unit.duty = kind, name, duty.strip()[:120]
        if phone.strip():
            unit.phone = mobile(phone)
        unit.save()
        record("casework.unit_written", unit, actor=actor, new=unit_id is None, unit_kind=kind)
    return unit


def end_unit(unit_id: int, *, actor: Actor) -> OutsideUnit:
    """停用: gets nothing new; its open errands are recalled, its rules rest, its telephone goes."""
    from linli.act.casework.actions.errands import recall_all_of

    _must_be_director(actor)
    with transaction.atomic():
        unit = OutsideUnit.objects.select_for_update(of=("self",)).filter(pk=unit_id, active=True).first()
        if unit is None:
            raise NotFound
        unit.active, unit.ended_at, unit.phone = False, clock.now(), ""
        unit.save()
        DispatchRule.objects.filter(to_unit=unit).update(active=False)
        recall_all_of(unit, actor=actor)
        record("casework.unit_ended", unit, actor=actor)
    return unit


def _last() -> int:
    return DispatchRule.objects.aggregate(last=Max("position"))["last"] or 0


def _locked(rule_id: int) -> DispatchRule:
    rule = DispatchRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    return rule


def _must_be_director(actor: Actor) -> None:
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
