"""Seeing the number of somebody whom a case answers, or of a firm that comes for it: never without a record."""

from __future__ import annotations

from django.db import transaction

from linli.act.casework.actions.errands import may_send
from linli.act.casework.models import Case, CaseRequest, Errand, Level, OutsideUnit
from linli.act.casework.queries.case_page import load_case, sees_everything
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.privacy.door import reveal, reveal_caller
from linli.understand.warnings.models import Warning
from linli.understand.warnings.queries import visible_warning


@transaction.atomic
def see_phone(case_id: int, request_id: int, *, actor: Actor) -> tuple[str, bool]:
    """The number, and whether it is a resident's, who can then read who saw it.

    A caller outside the registry gave the number to be called back on; that it was seen stands in the audit log. Raises
    :class:`NotFound`, :class:`NotAllowed` for a reporter, and what :func:`reveal` raises.
    """
    case = load_case(case_id, actor=actor)
    if not sees_everything(case, actor):
        raise NotAllowed()
    rows = CaseRequest.objects.filter(case=case, request_id=request_id)
    row = rows.select_related("request__speaker").first()
    if row is None:
        raise NotFound
    said = row.request
    purpose, about = _why(case)
    if said.speaker is not None:
        return reveal(said.speaker, "phone", purpose, about, actor=actor), True
    return reveal_caller(said, "speaker_phone", purpose, about, actor=actor), False


@transaction.atomic
def see_unit_phone(warning_id: int, unit_id: int, *, actor: Actor) -> str:
    """The number of a unit outside, for a P0 that has not ended; that it was seen stands in the audit log.

    Raises :class:`NotFound` and what :func:`reveal_caller` raises.
    """
    warning = visible_warning(warning_id, actor)
    unit = OutsideUnit.objects.visible_to(actor).filter(pk=unit_id, active=True).first()
    if unit is None or not unit.phone or warning.level != Level.P0 or warning.state not in Warning.LIVE:
        raise NotFound
    return reveal_caller(unit, "phone", "emergency", f"warning:{warning.pk}", actor=actor)


@transaction.atomic
def see_errand_phone(errand_id: int, *, actor: Actor) -> tuple[str, Errand]:
    """The number of the unit that an errand was given to, for who may give it errands, and the errand; that it was seen
    stands in the audit log.

    Raises :class:`NotFound`, also for a unit that left no number or works for the community no more, :class:`NotAllowed`
    and what :func:`reveal_caller` raises.
    """
    rows = Errand.objects.visible_to(actor).filter(pk=errand_id, unit__active=True)
    errand = rows.select_related("unit", "case").first()
    if errand is None or not errand.unit.phone:
        raise NotFound
    if not may_send(errand.case, actor):
        raise NotAllowed
    purpose, about = _why(errand.case)
    return reveal_caller(errand.unit, "phone", purpose, about, actor=actor), errand


def _why(case: Case) -> tuple[str, str]:
    """The purpose for which somebody's number is seen who belongs to the case, and what it is about."""
    return "emergency" if case.level == Level.P0 else "case_contact", f"case:{case.pk}"
