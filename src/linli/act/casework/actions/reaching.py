"""Seeing the number of somebody whom a case answers: for the work on it, and never without a record."""

from __future__ import annotations

from django.db import transaction

from linli.act.casework.models import CaseRequest, Level
from linli.act.casework.queries.case_page import load_case, sees_everything
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.actions import reveal


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
    if said.speaker is not None:
        purpose = "emergency" if case.level == Level.P0 else "case_contact"
        return reveal(said.speaker, "phone", purpose, f"case:{case.pk}", actor=actor), True
    record("requests.caller_phone_seen", said, actor=actor, case=case.pk)
    return said.speaker_phone, False
