"""Seeing what is masked, for the work at hand: it leaves a record that the person reads."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.act.casework.actions.reaching import see_errand_phone, see_phone, see_unit_phone
from linli.act.casework.queries import load_case
from linli.faces.workbench.access import signed_in_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Refusal
from linli.foundation.privacy.door import reveal
from linli.foundation.privacy.exports.queries import fields_of
from linli.foundation.privacy.looking import field_words
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.queries import resident_for_door
from linli.understand.warnings.queries import visible_warning


@staff_page
@require_POST
def phone(request: ActorRequest, case_id: int, request_id: int) -> HttpResponse:
    number, recorded = see_phone(case_id, request_id, actor=request.actor)
    template = "workbench/_phone.html" if request.htmx else "workbench/phone.html"
    context = {"number": number, "case": load_case(case_id, actor=request.actor), "recorded": recorded}
    return render(request, template, context)


@never_cache
@staff_page
@require_POST
def unit_phone(request: ActorRequest, warning_id: int, unit_id: int) -> HttpResponse:
    """The number of a firm that comes too, to be tapped."""
    number = see_unit_phone(warning_id, unit_id, actor=request.actor)
    back = reverse("workbench:warning", args=[warning_id]), _("回到这条预警")
    return _of_unit(request, "warnings", number, back)


@never_cache
@staff_page
@require_POST
def errand_phone(request: ActorRequest, errand_id: int) -> HttpResponse:
    """The number of a firm or department that has something to do for a case, to be tapped."""
    number, errand = see_errand_phone(errand_id, actor=request.actor)
    return _of_unit(request, "today", number, (reverse("workbench:case", args=[errand.case_id]), _("回到这件事")))


def _of_unit(request: ActorRequest, section: str, number: str, back: tuple[str, str]) -> HttpResponse:
    template = "workbench/_unit_phone.html" if request.htmx else "workbench/unit_phone.html"
    return render(request, template, page_of(request, section, number=number, back=back))


@never_cache
@signed_in_page
@require_POST
def see(request: ActorRequest, resident_id: int) -> HttpResponse:
    """One field of one resident for the purpose and the work that the button names; the door decides. A refusal says
    why, and leads back to the work."""
    about = request.POST.get("about", "")
    try:
        resident = resident_for_door(request.actor, resident_id)
        value = reveal(
            resident, request.POST.get("field", ""), request.POST.get("purpose", ""), about, actor=request.actor
        )
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        context = page_of(
            request, "visits", refused=refusal.message, field=_("没有打开"), back=_back_to(about, request.actor)
        )
        return render(request, "workbench/seen.html", context, status=refusal.status)
    field = field_words(request.POST["field"])
    context = page_of(
        request, "visits", value=value, field=field, resident=resident, back=_back_to(about, request.actor)
    )
    return render(request, "workbench/seen.html", context)


def seeable(purpose: str, actor: Actor) -> list[tuple[str, str]]:
    """The fields that the purpose lets one of the actor's roles see, with their words, in the order in which people read."""
    found = in_force().get(purpose)
    if found is None or not actor.has(*found.roles):
        return []
    return [(field, field_words(field)) for field in fields_of(found)]


def _back_to(about: str, actor: Actor) -> str:
    """The page of the work; raises :class:`NotFound` for a case or a person that the reader may not open."""
    kind, _sep, number = about.partition(":")
    if kind == "case" and re.fullmatch(r"[0-9]{1,18}", number):
        return reverse("workbench:case", args=[load_case(int(number), actor=actor).pk])
    if kind == "warning" and re.fullmatch(r"[0-9]{1,18}", number):
        return reverse("workbench:warning", args=[visible_warning(int(number), actor).pk])
    if kind == "resident" and re.fullmatch(r"[0-9]{1,18}", number):
        return reverse("workbench:resident_consents", args=[resident_for_door(actor, int(number)).pk])
    if kind == "rights" and number.isdecimal():
        return reverse("workbench:right", args=[int(number)])
    return reverse("workbench:visits" if kind == "visit" else "workbench:today")
