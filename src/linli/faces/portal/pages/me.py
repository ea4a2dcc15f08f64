"""What the community holds about somebody, and how the pages look."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.faces.portal.access import SpeakingRequest, resident_page, sees_to_information
from linli.faces.portal.pages.frame import page_of
from linli.foundation.privacy.door import masked


@resident_page
@require_safe
def me(request: SpeakingRequest) -> HttpResponse:
    resident = request.speaking.resident
    held = [
        (_("姓名"), resident.name),
        (_("性别"), resident.get_sex_display()),
        (_("生日"), resident.birth_date.isoformat()),
        (_("电话"), masked(resident, "phone") or _("没有记")),
        (_("住址"), str(resident.home) if resident.home else _("没有记")),
        (_("独居"), _("是，网格员会常来看看") if resident.living_alone else _("不是")),
    ]
    return render(
        request, "portal/me.html", page_of(request, "me", held=held, for_information=sees_to_information(request))
    )
