"""The map of buildings, and finding people, buildings and cases."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.act.casework.queries import Attention, building_attention, list_cases
from linli.act.casework.queries import search as search_cases
from linli.faces.plan import Shape, plan_of
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.rows import rows_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Building, Community
from linli.foundation.registry.queries import search as search_registry
from linli.foundation.tenancy import active_community_id

TONES = {Attention.CALM: "", Attention.WATCH: "watch", Attention.TODAY: "att", Attention.DANGER: "dan"}


@dataclass(frozen=True)
class Pin:
    """A building on the map with its open matters; ``tone`` colours it, the number says it too."""

    shape: Shape
    tone: str
    count: int


@staff_page
@require_safe
def map_page(request: ActorRequest) -> HttpResponse:
    """Every building of the community; numbers only where the actor may see the cases."""
    actor, now = request.actor, clock.now()
    buildings = Building.objects.visible_to(actor).select_related("estate").order_by("estate__name", "pk")
    if not actor.is_community_staff:
        buildings = buildings.filter(grid__in=actor.grid_ids)
    plan = plan_of(Community.objects.get(pk=active_community_id()), buildings)
    attention = building_attention(actor, now)
    pins = [_pin(shape, attention.get(shape.id or 0)) for shape in plan.buildings]
    chosen = _chosen(request, plan.buildings)
    rows = list_cases(actor, building_id=chosen.id).active() if chosen else []
    context = page_of(
        request,
        "map",
        plan=plan,
        pins=pins,
        chosen=chosen,
        rows=rows_of(rows, now, request.actor),
        busy=sorted((pin for pin in pins if pin.count), key=lambda pin: -pin.count),
        read_at=now,
        label_size=max(7.0, plan.width / 70),
    )
    return render(request, "workbench/map.html", context)


@staff_page
@require_safe
def search(request: ActorRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:80]
    found = search_registry(request.actor, words) if words else None
    cases = search_cases(words, actor=request.actor) if words else []
    context = page_of(
        request,
        "search",
        q=words,
        found=found,
        rows=rows_of(cases, clock.now(), request.actor, words=words),
        today=clock.today(),
    )
    if found:
        context["people"] = [(person, person.age_on(clock.today())) for person in found.residents]
    return render(request, "workbench/search.html", context)


def _pin(shape: Shape, found) -> Pin:
    return Pin(shape, TONES[found.attention] if found else "", len(found.case_ids) if found else 0)


def _chosen(request: ActorRequest, shapes: list[Shape]) -> Shape | None:
    asked = request.GET.get("building", "")
    if not asked:
        return None
    for shape in shapes:
        if str(shape.id) == asked:
            return shape
    raise NotFound
