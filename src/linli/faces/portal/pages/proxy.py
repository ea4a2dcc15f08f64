"""亲情代办: a daughter chooses for whom she acts; her father sees what was done in his name."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.casework.queries import my_matters
from linli.faces.portal.access import CHOSEN, SpeakingRequest, resident_page
from linli.faces.portal.address import called
from linli.faces.portal.pages.frame import page_of
from linli.foundation import clock
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
    resident, now = request.speaking.resident, clock.now()
    authorities = resident.proxies.filter(revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now).select_related(
        "proxy"
    )
    relatives = set(resident.proxies.values_list("proxy_id", flat=True))
    by_family = [
        {"who": matter.request.entered_by.display_name, "matter": matter}
        for matter in my_matters(request.actor, of=resident.pk)
        if matter.request.entered_by is not None and matter.request.entered_by_id in relatives
    ]
    context = page_of(request, "me", authorities=authorities, by_family=by_family)
    return render(request, "portal/family.html", context)
