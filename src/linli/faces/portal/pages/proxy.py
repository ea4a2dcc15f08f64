"""亲情代办: a daughter chooses for whom she acts; her father sees what was done in his name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.queries import my_matters
from linli.faces.portal.access import CHOSEN, SpeakingRequest, resident_page, sees_to_information
from linli.faces.portal.address import called
from linli.faces.portal.pages.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.actions import revoke_proxy
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.accounts.proxies import authorities_of, scopes_in_words
from linli.foundation.errors import NotFound


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def proxy(request: SpeakingRequest) -> HttpResponse:
    if request.method == "POST":
        chosen = request.POST.get("resident", "")
        if chosen not in {str(person.pk) for person in request.speaking.choices}:
            raise NotFound()
        request.session[CHOSEN] = int(chosen)
        return redirect("portal:home")
    people = [
        {
            "id": person.pk,
            "own": (own := person.pk == request.actor.resident_id),
            "name": _("我自己") if own else called(person, clock.now()),
            "words": person.name if own else person.home or "",
            "chosen": person.pk == request.speaking.resident.pk,
        }
        for person in request.speaking.choices
    ]
    return render(request, "portal/proxy.html", page_of(request, "me", people=people))


@resident_page
@require_safe
def family(request: SpeakingRequest) -> HttpResponse:
    resident = request.speaking.resident
    authorities = authorities_of(resident)
    relatives = set(resident.proxies.values_list("proxy_id", flat=True))
    by_family = [
        {"who": matter.request.entered_by.display_name, "matter": matter}
        for matter in my_matters(request.actor, of=resident.pk)
        if matter.request.entered_by is not None and matter.request.entered_by_id in relatives
    ]
    context = page_of(
        request,
        "me",
        authorities=[
            {"given": one, "scopes": scopes_in_words(one.scopes), "may_end": _may_end(request, one)}
            for one in authorities
        ],
        ending=request.GET.get("end", ""),
        by_family=by_family,
        for_information=sees_to_information(request),
    )
    return render(request, "portal/family.html", context)


@resident_page
@require_POST
def end_authority(request: SpeakingRequest, authority_id: int) -> HttpResponse:
    """The second tap: the principal takes it back, or the relative gives it up."""
    found = ProxyAuthority.objects.filter(pk=authority_id, principal=request.speaking.resident).first()
    if found is None or not _may_end(request, found):
        raise NotFound()
    revoke_proxy(found, actor=request.actor)
    messages.success(request, _("取消了。%(name)s不再替您办事。") % {"name": found.proxy.display_name})
    return redirect("portal:family" if request.actor.resident_id == found.principal_id else "/")


def _may_end(request: SpeakingRequest, authority: ProxyAuthority) -> bool:
    return request.actor.resident_id == authority.principal_id or request.actor.account_id == authority.proxy_id
