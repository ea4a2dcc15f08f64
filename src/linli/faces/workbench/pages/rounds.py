"""One sitting after going from door to door: what each home of a building said, written in one form."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.act.casework.actions import open_case_for_request
from linli.faces.kit.numbers import whole
from linli.faces.workbench.access import round_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.registry.models import Building, Home
from linli.sense.intake.actions import file_round
from linli.sense.intake.queries import counts


@round_page
@require_http_methods(["GET", "HEAD", "POST"])
def round_(request: ActorRequest) -> HttpResponse:
    """Choose a building of one's own, write under each home, file them together."""
    buildings = list(_buildings(request.actor))
    wanted = whole(request.POST.get("building") or request.GET.get("building") or "")
    chosen = next((one for one in buildings if one.pk == wanted), buildings[0] if len(buildings) == 1 else None)
    if wanted is not None and chosen is None:
        raise NotFound
    homes = list(_homes(request.actor, chosen)) if chosen else []
    given = {home.pk: request.POST.get(f"home-{home.pk}", "") for home in homes}
    error, status = "", 200
    if request.method == "POST" and chosen is not None:
        try:
            filed = file_round(list(given.items()), sitting=request.POST.get("client_key", ""), actor=request.actor)
        except Refusal as refusal:
            error, status = str(refusal), refusal.status
        else:
            for one in filed:
                open_case_for_request(one.request.pk, actor=Actor.for_system("triage", one.request.community_id))
            fresh = sum(not one.repeated for one in filed)
            messages.success(
                request, _("记好了，%(n)d 户说的事都登记了。") % {"n": fresh} if fresh else _("这些刚才已经登记过了。")
            )
            if any(one.danger for one in filed):
                messages.error(request, _("话里有危险，先请对方打 110、119 或 120。"))
            return redirect("workbench:round")
    context = page_of(
        request,
        "desk",
        at="round",
        buildings=buildings,
        chosen=chosen,
        rows=[(home, given[home.pk]) for home in homes],
        client_key=request.POST.get("client_key") or uuid.uuid4().hex,
        error=error,
        counts=counts(request.actor) if request.actor.is_staff else {},
    )
    return render(request, "workbench/round.html", context, status=status)


def _buildings(actor: Actor):
    rows = Building.objects.visible_to(actor).select_related("estate").order_by("estate__name", "pk")
    if actor.is_community_staff:
        return rows
    return rows.filter(grid__in=actor.grid_ids) | rows.filter(pk__in=actor.building_ids)


def _homes(actor: Actor, building: Building):
    homes = Home.objects.visible_to(actor).filter(entrance__building=building)
    return homes.select_related("entrance").order_by("entrance__number", "floor", "number")
