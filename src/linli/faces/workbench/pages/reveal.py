"""Seeing a caller's number: for the work on this case, and it leaves a record."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from linli.act.casework.actions.reaching import see_phone
from linli.act.casework.queries import load_case
from linli.faces.workbench.access import staff_page
from linli.foundation.accounts.http import ActorRequest


@staff_page
@require_POST
def phone(request: ActorRequest, case_id: int, request_id: int) -> HttpResponse:
    number, recorded = see_phone(case_id, request_id, actor=request.actor)
    template = "workbench/_phone.html" if request.htmx else "workbench/phone.html"
    context = {"number": number, "case": load_case(case_id, actor=request.actor), "recorded": recorded}
    return render(request, template, context)
