"""The rules that watch in the community in scope: as shipped, with what it has changed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from linli.foundation import clock
from linli.understand.warnings.detectors import Detector
from linli.understand.warnings.detectors import Rule as Configured
from linli.understand.warnings.models import Rule
from linli.understand.warnings.shipped import DANGER, Shipped, detector_of, shipped_rules


@dataclass(frozen=True)
class InForce:
    """A rule in the community in scope: with its own numbers where people have changed them.

    ``off_until``: when a rule about danger to life that is off listens again. From that moment it does, whether or not a
    worker has written it down.
    """

    shipped: Shipped
    configured: Configured
    on: bool
    changed: bool
    off_until: datetime | None = None

    @property
    def off_by_choice(self) -> bool:
        return self.shipped.on and not self.on


def rules_in_force() -> dict[str, InForce]:
    """Every rule by key in the community in scope, those that are off included: one query."""
    changed = {row.key: row for row in Rule.objects.all()}
    return {key: _in_force(rule, changed.get(key)) for key, rule in shipped_rules().items()}


def detectors_in_force() -> dict[str, Detector]:
    """The detectors that watch in the community in scope, by key: one query."""
    return {key: detector_of(rule.configured) for key, rule in rules_in_force().items() if rule.on}


def dangers_off() -> list[InForce]:
    """Rules about danger to life that are shipped switched on and watch no more in the community in scope."""
    return [rule for rule in rules_in_force().values() if rule.configured.level == DANGER and rule.off_by_choice]


def purposes_unwatched() -> frozenset[str]:
    """Purposes under which homes are read though every rule that would speak is switched off."""
    rules = [rule for rule in rules_in_force().values() if rule.configured.purpose]
    off = {rule.configured.purpose for rule in rules if rule.off_by_choice}
    return frozenset(off - {rule.configured.purpose for rule in rules if rule.on})


def types_unwatched() -> dict[str, list[InForce]]:
    """Device types that would be looked at by rules, all of which the community has switched off: these rules."""
    found: dict[str, list[InForce]] = {}
    watched = set()
    for rule in rules_in_force().values():
        if rule.on:
            watched |= rule.configured.device_types
        elif rule.off_by_choice:
            for key in rule.configured.device_types:
                found.setdefault(key, []).append(rule)
    return {key: rules for key, rules in found.items() if key not in watched}


def _in_force(shipped: Shipped, row: Rule | None) -> InForce:
    if row is None:
        return InForce(shipped, shipped.configured, shipped.on, changed=False)
    known = {name: value for name, value in row.settings.items() if name in shipped.configured.settings}
    settings = {**shipped.configured.settings, **known}
    on = row.on or (row.off_until is not None and row.off_until <= clock.now())
    changed = on != shipped.on or settings != shipped.configured.settings
    configured = replace(shipped.configured, settings=settings)
    return InForce(shipped, configured, on, changed=changed, off_until=None if on else row.off_until)


def with_settings(key: str, settings: Mapping[str, float | str]) -> Configured:
    """The shipped rule with these ``settings``: what it would be after a change."""
    configured = shipped_rules()[key].configured
    return replace(configured, settings={**configured.settings, **settings})
