from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from linli.act.casework.queries import my_matters
from linli.faces.kit import humantime
from linli.faces.kit.themes import ELDER, theme_of
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.address import greeting
from linli.faces.portal.pages.charter import announced_notice
from linli.faces.portal.pages.frame import page_of
from linli.foundation import clock
from linli.foundation.privacy.looking import by_people
from linli.foundation.privacy.queries import consents_of, looks_at
from linli.understand.warnings.pausing import away_of, outages_for, utility_name

SHOWN_AT_HOME = 3


@resident_page
@require_safe
def home(request: SpeakingRequest) -> HttpResponse:
    resident = request.speaking.resident
    matters = my_matters(request.actor, of=resident.pk)
    now = clock.now()
    context = page_of(
        request,
        "home",
        proposal=announced_notice(),
        greeting=greeting(now),
        matters=matters[:SHOWN_AT_HOME],
        total=len(matters),
        newest=next(iter(matters), None),
        waiting=sum(m.asks for m in matters),
        open=sum(m.open for m in matters),
        outages=[(utility_name(one), one) for one in outages_for(resident.home)],
        away=away_of(resident.home),
    )
    context["may_see_information"] = resident.pk in request.actor.residents_for("privacy")
    if theme_of(request) == ELDER:
        context["family_words"] = _family_words(request)
        return render(request, "portal/elder/home.html", context)
    context["place"] = resident.home.entrance.building if resident.home else request.speaking.community
    if context["may_see_information"]:
        context["looks"] = _looks(request, now)
        context["sensing_words"] = _sensing_words(request)
    return render(request, "portal/home.html", context)


def _looks(request: SpeakingRequest, now) -> dict:
    records = by_people(looks_at(request.actor).filter(resident=request.speaking.resident))
    latest = records.first()
    month_began = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "latest": latest,
        "latest_at": humantime.ago(latest.at, now) if latest else "",
        "this_month": records.filter(at__gte=month_began).count() if latest else 0,
    }


def _sensing_words(request: SpeakingRequest) -> str:
    given = consents_of(request.actor).filter(resident=request.speaking.resident, withdrawn_at=None).count()
    if given:
        return ngettext("同意了 %(n)d 样，点两下就能撤回", "同意了 %(n)d 样，点两下就能撤回", given) % {"n": given}
    return _("没有开。社区不看您家的水表")


def _family_words(request: SpeakingRequest) -> str:
    proxies = list(
        request.speaking.resident.proxies.filter(
            revoked_at__isnull=True, ends_at__gt=clock.now(), starts_at__lte=clock.now()
        ).select_related("proxy")[:1]
    )
    if proxies:
        return _("%(name)s可以替您办") % {"name": proxies[0].proxy.display_name}
    return _("谁可以替我办事")
