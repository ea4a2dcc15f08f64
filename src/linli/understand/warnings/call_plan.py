"""The order in which people are called in the community in scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from linli.understand.warnings.causes import groups
from linli.understand.warnings.climbing import SHIPPED, Arrival, Plan, Rung
from linli.understand.warnings.models import CallPlan
from linli.understand.warnings.shipped import shipped_rules


def plan_in_force() -> Plan:
    """As the community has written it, else as shipped: one query."""
    row = CallPlan.objects.first()
    if row is None:
        return SHIPPED
    names = ("ladders", "rules", "quiet_from", "quiet_until", "arrivals")
    return plan_of({name: getattr(row, name) for name in names})


def plan_of(kept: Mapping[str, Any]) -> Plan:
    """What :class:`CallPlan` keeps, as a plan."""
    ladders = {name: tuple(Rung(**rung) for rung in rungs) for name, rungs in kept["ladders"].items()}
    written = {name: {**_unless_written(name), **term} for name, term in kept["arrivals"].items()}
    arrivals = {**SHIPPED.arrivals, **{name: Arrival(**term) for name, term in written.items()}}
    return Plan(ladders, frozenset(kept["rules"]), kept["quiet_from"], kept["quiet_until"], arrivals)


def _unless_written(name: str) -> dict[str, float]:
    """What a plan lacks that was written before there was a term of the finding."""
    return {"finding": SHIPPED.arrivals[name].finding} if name in SHIPPED.arrivals else {}


def quiet_until(level: str, now: datetime) -> datetime | None:
    """When a notice of this level may leave; ``None``: now."""
    local = timezone.localtime(now)
    may = plan_in_force().may_ring(level, local)
    return None if may == local else may


def may_climb() -> list[str]:
    """Keys of P1, of rules and of what stands for many: a community chooses about which of them people are called."""
    rules = [key for key, rule in shipped_rules().items() if rule.configured.level == "P1"]
    return rules + [key for key, group in groups().items() if group.level == "P1"]
