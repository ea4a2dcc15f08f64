"""险情: danger to life that goes on. One definition for the cockpit, today's list and the warnings, so that their numbers agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q

from linli.act.casework.models import ENDED, Case, Level, State
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings.models import Warning


@dataclass(frozen=True)
class Dangers:
    """``cases`` and ``warnings`` by primary key; a warning in whose case somebody works is told by the case alone."""

    cases: frozenset[int]
    warnings: frozenset[int]

    def __len__(self) -> int:
        return len(self.cases) + len(self.warnings)


def to_be_told() -> Q:
    """Warnings that need somebody: nobody has said what was found, or danger to life is still reported after it."""
    unfound = Q(state__in=[Warning.State.OPEN, Warning.State.ACKNOWLEDGED])
    return unfound | Q(state=Warning.State.HANDLED, level=Level.P0, condition_ended_at=None)


def told_by_cases(warnings: Collection[Warning]) -> Mapping[int, int]:
    """``{warning: case}`` of those that an active case tells of, its own or the one into which that was merged. Danger to
    life is told by no case that rests: waiting for an answer is no help to whoever is in it."""
    rows = Case.objects.filter(warning__in=[one.pk for one in warnings]).select_related("parent")
    levels = {one.pk: one.level for one in warnings}
    found: dict[int, int] = {}
    for case in rows:
        holder = case.parent if case.state == State.MERGED and case.parent is not None else case
        if holder.state in ENDED or (levels[case.warning_id or 0] == Level.P0 and rests(holder)):
            continue
        found[case.warning_id or 0] = holder.pk
    return found


def rests(case: Case) -> bool:
    """Nobody of the staff has to act now: the clock stands still, or the resident has the word."""
    return case.paused_at is not None or case.state == State.EVALUATING


def dangers(actor: Actor) -> Dangers:
    """Those in the actor's sight: cases of P0 on which somebody has to work, and warnings of P0 that are to be told, alone where
    their case is out of sight."""
    cases = Case.objects.visible_to(actor).active().filter(level=Level.P0, paused_at=None)
    own = set(cases.exclude(state=State.EVALUATING).values_list("pk", flat=True))
    warnings = list(Warning.objects.visible_to(actor).filter(to_be_told(), level=Level.P0))
    told = told_by_cases(warnings)
    if told:
        seen = set(Case.objects.visible_to(actor).filter(pk__in=told.values()).values_list("pk", flat=True))
        told = {warning: case for warning, case in told.items() if case in seen}
    return Dangers(frozenset(own | set(told.values())), frozenset(one.pk for one in warnings if one.pk not in told))
