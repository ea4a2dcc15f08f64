"""Changing a rule: its numbers within their range, or off. Only for the community's staff, and each change is an event."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.understand.warnings.detectors.schedule import DAYS
from linli.understand.warnings.models import DetectorState, Rule
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.shipped import Shipped, shipped_rules

CHANGED_BY = frozenset({Role.COMMUNITY_DIRECTOR, Role.COMMUNITY_WORKER})


def may_change_rules(actor: Actor) -> bool:
    return actor.system or bool(CHANGED_BY & actor.roles)


def checked(key: str, settings: Mapping[str, float | str]) -> dict[str, float | str]:
    """``settings`` of the rule as numbers. Raises :class:`NotFound` and :class:`Invalid` with the field and its range."""
    shipped = shipped_rules().get(key)
    if shipped is None:
        raise NotFound
    return {name: _checked(shipped, name, value) for name, value in settings.items()}


def change_rule(key: str, *, on: bool, settings: Mapping[str, float | str], actor: Actor) -> InForce:
    """Let the rule watch with these ``settings`` from now on; those not named keep their shipped value.

    A rule that changes forgets what it was counting: with other numbers it would mean something else. Its open
    warnings stay, for a person to end.
    """
    if not may_change_rules(actor):
        raise NotAllowed
    shipped = shipped_rules().get(key)
    if shipped is None:
        raise NotFound
    numbers = checked(key, settings)
    different = {name: value for name, value in numbers.items() if value != shipped.configured.settings[name]}
    with transaction.atomic():
        row, _made = Rule.objects.select_for_update(of=("self",)).get_or_create(
            key=key, defaults={"changed_at": clock.now(), "on": shipped.on}
        )
        before = {"on": row.on, "settings": row.settings}
        if before == {"on": on, "settings": different}:
            return rules_in_force()[key]
        row.on, row.settings, row.changed_at = on, different, clock.now()
        row.save()
        DetectorState.objects.filter(detector=key).delete()
        community = Community.objects.get(pk=active_community_id())
        record("warnings.rule_changed", community, actor=actor, rule=key, before=before,
               after={"on": on, "settings": different})  # fmt: skip
    return rules_in_force()[key]


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
