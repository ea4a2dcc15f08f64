"""The warnings of a case: the one that opened it, and those of the cases that were merged into it."""

from __future__ import annotations

from django.db.models import Q

from linli.act.casework.models import ENDED, Case, State
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings.models import Warning
from linli.understand.warnings.models.warnings import WarningQuerySet
from linli.understand.warnings.queries import PLACE

ENDED_ALONE = tuple(state for state in ENDED if state != State.MERGED)
WITHOUT_FINDING = (Warning.State.OPEN, Warning.State.ACKNOWLEDGED)


def warnings_of(case: Case) -> WarningQuerySet:
    """A case that is merged into another hands its own on: merging keeps parents one deep."""
    return Warning.objects.filter(Q(case=case.pk) | Q(case__parent=case.pk)).order_by("opened_at", "pk")


def without_finding(case: Case) -> WarningQuerySet:
    """Those of which nobody has said yet what was found."""
    return warnings_of(case).filter(state__in=WITHOUT_FINDING)


def asked_at_the_end(case: Case) -> tuple[list[Warning], bool]:
    """What whoever ends the case is asked: what was found of these, and whether somebody was there, because danger to life still
    sounds while nobody is known to be. One query."""
    going_on = list(warnings_of(case).active())
    return [one for one in going_on if one.state in WITHOUT_FINDING], any(one.sounds_unseen for one in going_on)


def case_of_warning(warning_id: int) -> Case | None:
    """The case in which a warning is worked on: its own, or the one into which that was merged."""
    case = Case.objects.select_related("parent").filter(warning=warning_id).first()
    return case.parent if case is not None and case.state == State.MERGED and case.parent is not None else case


def left_alone(actor: Actor) -> WarningQuerySet:
    """Warnings in the actor's sight whose case has ended (transferred, rejected) before anybody said what was found."""
    over = Q(case__state__in=ENDED_ALONE) | Q(case__state=State.MERGED, case__parent__state__in=ENDED_ALONE)
    rows = Warning.objects.visible_to(actor).filter(over, state__in=WITHOUT_FINDING)
    return rows.select_related(*PLACE).order_by("level", "opened_at", "pk")
