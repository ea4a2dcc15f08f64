"""Warnings, the rules that raise them, who is called about them, and what becomes of all three."""

from linli.understand.warnings.models.budgets import AlertBudget
from linli.understand.warnings.models.calling import Call, CallPlan, Ladder
from linli.understand.warnings.models.pauses import Pause
from linli.understand.warnings.models.rule_changes import (
    CHANGE_WORKFLOW,
    LONGEST_REASON,
    WAITS_FOR,
    PlanChange,
    RuleChange,
)
from linli.understand.warnings.models.rules import DetectorState, Proposal, Rule
from linli.understand.warnings.models.warnings import LONGEST_NOTE, WORKFLOW, Warning, WarningQuerySet

__all__ = [
    "CHANGE_WORKFLOW",
    "LONGEST_NOTE",
    "LONGEST_REASON",
    "WAITS_FOR",
    "WORKFLOW",
    "AlertBudget",
    "Call",
    "CallPlan",
    "DetectorState",
    "Ladder",
    "Pause",
    "PlanChange",
    "Proposal",
    "Rule",
    "RuleChange",
    "Warning",
    "WarningQuerySet",
]
