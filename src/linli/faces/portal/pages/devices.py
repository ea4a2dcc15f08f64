"""我在哪里登录着: each place where the account is signed in, and out of it by one tap."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from linli.faces.kit.signing_out import end_places
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation.accounts.sessions import sessions_of


@resident_page
@require_safe
def devices(request: SpeakingRequest) -> HttpResponse:
    places = sessions_of(request.user, current=request.session.session_key)
    return render(request, "portal/devices.html", page_of(request, "me", places=places))


@resident_page
@require_POST
def end(request: SpeakingRequest) -> HttpResponse:
    end_places(request)
    return redirect("portal:devices")
