"""社区怎么用您的信息: the charter, for anybody, without signing in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.faces.kit.themes import ELDER, theme_of
from linli.faces.portal.access import has_own_information_pages
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.privacy.charter import queries, wording
from linli.foundation.privacy.charter.actions import say_opinion
from linli.foundation.privacy.charter.models import Change
from linli.foundation.privacy.charter.paper import charter_pdf, version_words
from linli.foundation.privacy.purposes import ever, in_force
from linli.foundation.registry.models import Community, Resident
from linli.foundation.tenancy import community_scope

Page = Callable[..., HttpResponse]


def public_page(view: Page) -> Page:
    """A page about one community, named in the address, for anybody; the scope lasts while the page is made."""

    @wraps(view)
    def within(request: ActorRequest, community: str, *args, **kwargs) -> HttpResponse:
        named = queries.community_for(community, own=None)
        if named is None:
            raise NotFound
        with community_scope(named):
            return view(request, named, *args, **kwargs)

    return within


@require_safe
def which(request: ActorRequest) -> HttpResponse:
    """One's own, or the only one; else a choice."""
    community = queries.community_for("", own=request.actor.community_id)
    if community is not None:
        return redirect("charter:charter", community.code)
    return render(request, "portal/charter_which.html", {"communities": Community.objects.order_by("name")})


@require_safe
@public_page
def charter(request: ActorRequest, community: Community) -> HttpResponse:
    purposes = [wording.told(one) for one in in_force().values()]
    context = _page(request, community, purposes=purposes, history=_history())
    template = "portal/elder/charter.html" if theme_of(request) == ELDER else "portal/charter.html"
    return render(request, template, context)


@require_safe
@public_page
def purpose(request: ActorRequest, community: Community, key: str) -> HttpResponse:
    """One purpose by itself, with what was changed in it; one that is gone says since when."""
    held = in_force().get(key)
    past = held or ever().get(key)
    if past is None:
        raise NotFound
    context = _page(
        request,
        community,
        one=wording.told(past),
        gone=held is None,
        changes=[(version, altered) for version in _history() for altered in version["altered"] if altered.key == key],
    )
    return render(request, "portal/charter_purpose.html", context)


@require_safe
@public_page
def version(request: ActorRequest, community: Community, number: int) -> HttpResponse:
    """What one version changed, side by side."""
    shown = next((one for one in _history() if one["number"] == number), None)
    if shown is None:
        raise NotFound
    return render(request, "portal/charter_version.html", _page(request, community, shown=shown))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def proposed(request: ActorRequest, community: Community) -> HttpResponse:
    """What is announced now, and a place to say what one thinks of it."""
    change = queries.announced()
    resident = _resident(request, community)
    wrong, words, status = "", "", 200
    if request.method == "POST":
        if change is None or resident is None:
            raise NotFound
        words = request.POST.get("words", "")
        try:
            say_opinion(change.pk, words, resident=resident, actor=request.actor)
        except Refusal as refusal:
            wrong, status = str(refusal), refusal.status
        else:
            messages.success(request, _("收到您的意见了，社区会答复。"))
            return redirect("charter:proposed", community.code)
    mine = queries.opinions_of(change, request.actor).filter(resident=resident) if change and resident else []
    context = _page(
        request,
        community,
        may_say=resident is not None,
        mine=mine,
        answers=queries.answers_to(change) if change else [],
        wrong=wrong,
        words=words,
    )
    return render(request, "portal/charter_proposed.html", context, status=status)


@require_safe
@public_page
def pdf(request: ActorRequest, community: Community) -> HttpResponse:
    address = settings.LINLI_PUBLIC_URL + reverse("charter:charter", args=[community.code])
    response = HttpResponse(charter_pdf(community, address=address), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="charter-{community.code}.pdf"'
    return response


def announced_notice() -> dict | None:
    """For the portal's first page: what is announced, in one line."""
    change = queries.announced()
    return None if change is None else _proposal(change)


def _page(request: ActorRequest, community: Community, **more) -> dict:
    change = queries.announced()
    current = queries.current()
    return {
        "community": community,
        "help_phone": community.phone,
        "help_hours": community.phone_hours,
        "version": version_words(current.number, current.since),
        "proposal": None if change is None else _proposal(change),
        "in_portal": request.actor.community_id == community.pk and has_own_information_pages(request),
        "parts": wording.PART_WORDS,
        **more,
    }


def _proposal(change: Change) -> dict:
    return {
        "reason": wording.origin_words(change.origin, change),
        "until": moment(change.shown_until) if change.shown_until else "",
        "altered": wording.altered_in_words(queries.alterations(change)),
    }


def _history() -> list[dict]:
    """Newest first; ``words`` names the version and its day."""
    return [
        {
            "number": one.version.number,
            "words": version_words(one.version.number, one.version.since),
            "reason": wording.origin_words(one.version.origin, one.version.change),
            "altered": wording.altered_in_words(one.altered),
        }
        for one in queries.history()
    ]


def _resident(request: ActorRequest, community: Community) -> Resident | None:
    """Who may say something here: somebody who lives in this community, signed in."""
    if request.actor.resident_id is None or request.actor.community_id != community.pk:
        return None
    return Resident.objects.filter(pk=request.actor.resident_id, left_on__isnull=True).first()
