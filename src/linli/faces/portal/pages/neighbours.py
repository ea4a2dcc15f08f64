"""大家的事: what the community is doing and has done, in words written for everybody."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.act.casework.actions import me_too
from linli.act.casework.queries import improvements, neighbours, public_photo
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation.errors import Conflict, NotFound
from linli.foundation.files import store


@resident_page
@require_safe
def neighbours_page(request: SpeakingRequest) -> HttpResponse:
    shown = neighbours(request.actor)
    return render(request, "portal/neighbours.html", page_of(request, "home", shown=shown))


@resident_page
@require_POST
def join(request: SpeakingRequest, card_id: int) -> HttpResponse:
    try:
        said = me_too(card_id, actor=request.actor, speaker_id=request.speaking.resident.pk)
    except Conflict as refusal:
        messages.warning(request, str(refusal))
        return redirect("portal:neighbours")
    messages.success(request, _("记下了，加上您了。有进展会告诉您，办完了请您评价。"))
    return redirect("portal:matter", said.pk)


@require_safe
def done(request: HttpRequest, community: str) -> HttpResponse:
    """您说的，我们做了: for everybody, signed in or not."""
    found, cards = improvements(community)
    return render(request, "portal/done.html", {"community": found, "cards": cards})


@require_safe
def done_photo(request: HttpRequest, community: str, card_id: int, photo_id: int) -> HttpResponseBase:
    found = public_photo(community, card_id, photo_id)
    try:
        return FileResponse(store.path_of(found.sha256).open("rb"), content_type=found.content_type)
    except FileNotFoundError as error:
        raise NotFound from error
