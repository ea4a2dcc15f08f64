"""信息保护: one door to every page about protecting information, for whoever may open at least one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.cards import cards_for


@signed_in_page
@require_safe
def privacy(request: ActorRequest) -> HttpResponse:
    cards = cards_for(request.actor)
    if not cards:
        raise NotAllowed()
    return render(request, "workbench/privacy.html", page_of(request, "privacy", cards=cards))
