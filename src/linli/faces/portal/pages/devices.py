"""我在哪里登录着: each place where the account is signed in, and out of it by one tap."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation.accounts.sessions import end_all, end_one, sessions_of


@resident_page
@require_safe
def devices(request: SpeakingRequest) -> HttpResponse:
    places = sessions_of(request.user, current=request.session.session_key)
    return render(request, "portal/devices.html", page_of(request, "me", places=places))


@resident_page
@require_POST
def end(request: SpeakingRequest) -> HttpResponse:
    """One place (``key``), or every place but this one."""
    key = request.POST.get("key", "")
    if key:
        end_one(request.user, key, actor=request.actor)
        messages.success(request, _("那里已经退出了。"))
    else:
        ended = end_all(request.user, but=request.session.session_key, actor=request.actor)
        messages.success(request, _("别的地方都退出了，一共 %(n)d 处。") % {"n": ended})
    return redirect("portal:devices")
