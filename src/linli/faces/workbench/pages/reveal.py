"""Seeing a caller's number: for the work on this case, and it leaves a record that the person can read."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from linli.act.casework.models import CaseRequest, Level
from linli.act.casework.queries import load_case
from linli.faces.workbench.access import staff_page
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.privacy.actions import reveal


@staff_page
@require_POST
def phone(request: ActorRequest, case_id: int, request_id: int) -> HttpResponse:
    """A caller outside the registry gave the number to be called back on: it is shown without a record."""
    case = load_case(case_id, actor=request.actor)
    row = (
        CaseRequest.objects.filter(case=case, request_id=request_id)
        .select_related("request__speaker")
        .first()
    )
    if row is None:
        raise NotFound
    said = row.request
    if said.speaker is None:
        number = said.speaker_phone
    else:
        purpose = "emergency" if case.level == Level.P0 else "case_contact"
        number = reveal(said.speaker, "phone", purpose, f"case:{case.pk}", actor=request.actor)
    template = "workbench/_phone.html" if request.htmx else "workbench/phone.html"
    return render(request, template, {"number": number, "case": case, "recorded": said.speaker is not None})
