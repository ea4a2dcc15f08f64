"""我的信息: what is held about somebody, and who looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.faces.portal.access import SpeakingRequest, resident_page, whose_information
from linli.faces.portal.pages.frame import page_of
from linli.foundation.privacy import looking
from linli.foundation.privacy.holdings import Held, held_about
from linli.foundation.privacy.proxy_reading import note_reading
from linli.foundation.privacy.purposes import Purpose, ever
from linli.foundation.privacy.retention_words import kept_until
from linli.foundation.privacy.rights.packing import purposes_in_words, sources_in_words

ON_A_PAGE = 50
MACHINE_SHOWN = 30


@dataclass(frozen=True)
class Shown:
    """One kind of thing held, in words."""

    held: Held
    source: str
    purposes: tuple[str, ...]
    until: str
    url: str


@resident_page
@require_safe
def information(request: SpeakingRequest) -> HttpResponse:
    resident = whose_information(request)
    note_reading(resident, "information", actor=request.actor)
    published = ever()
    shown = [_shown(held, published) for held in held_about(resident, request.actor)]
    return render(request, "portal/information.html", page_of(request, "me", shown=shown))


@resident_page
@require_safe
def looks(request: SpeakingRequest) -> HttpResponse:
    """``who`` and ``field`` narrow the list. Each reading is noted, also one that says that a page asked by itself: what a
    browser says about itself is no reason to believe it."""
    resident = whose_information(request)
    note_reading(resident, "looks", actor=request.actor)
    records = looking.looks_of(resident)
    by_people = looking.by_people(records)
    who, field = request.GET.get("who", ""), request.GET.get("field", "")
    chosen = by_people.filter(**{name: value for name, value in (("reader", who), ("field", field)) if value})
    paper = Paginator(chosen, ON_A_PAGE).get_page(request.GET.get("page"))
    machines = looking.by_machines(records)
    context = page_of(
        request,
        "me",
        days=looking.days_of(looking.told(paper.object_list, resident)),
        paper=paper,
        readers=sorted(set(by_people.values_list("reader", flat=True).order_by())),
        fields=[
            (key, looking.field_words(key)) for key in sorted(set(by_people.values_list("field", flat=True).order_by()))
        ],
        who=who,
        field=field,
        narrowed=bool(who or field),
        machines=looking.told(machines[:MACHINE_SHOWN], resident),
        machine_count=machines.count(),
    )
    return render(request, "portal/looks.html", context)


def _shown(held: Held, published: Mapping[str, Purpose]) -> Shown:
    return Shown(
        held=held,
        source=sources_in_words(held.sources),
        purposes=tuple(purposes_in_words(held.purposes, published)) or (_("让社区能为您办事。"),),
        until=kept_until(held.table),
        url=reverse(held.url) if held.url else "",
    )
