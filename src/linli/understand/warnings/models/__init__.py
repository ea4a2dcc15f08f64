"""Warnings, the rules that raise them, and what becomes of both."""

from linli.understand.warnings.models.rules import DetectorState, Proposal, Rule
from linli.understand.warnings.models.warnings import LONGEST_NOTE, WORKFLOW, Warning, WarningQuerySet

__all__ = ["LONGEST_NOTE", "WORKFLOW", "DetectorState", "Proposal", "Rule", "Warning", "WarningQuerySet"]
