"""Warnings, the rules that raise them, who is called about them, and what becomes of all three."""

from linli.understand.warnings.models.budgets import AlertBudget
from linli.understand.warnings.models.calling import Call, CallPlan, Ladder
from linli.understand.warnings.models.pauses import Pause
from linli.understand.warnings.models.rules import DetectorState, Proposal, Rule
from linli.understand.warnings.models.warnings import LONGEST_NOTE, WORKFLOW, Warning, WarningQuerySet

__all__ = [
    "LONGEST_NOTE",
    "WORKFLOW",
    "AlertBudget",
    "Call",
    "CallPlan",
    "DetectorState",
    "Ladder",
    "Pause",
    "Proposal",
    "Rule",
    "Warning",
    "WarningQuerySet",
]
