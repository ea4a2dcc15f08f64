"""What is sensed: the public list and the page that a sign opens, and what a resident finds out about its own home."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.faces.kit.context import community_of
from linli.faces.portal.access import SpeakingRequest, has_own_information_pages, resident_page, whose_information
from linli.faces.portal.hanging import hanging
from linli.faces.portal.pages.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.sensing import actions
from linli.foundation.privacy.sensing.models import Method, WayIn
from linli.foundation.privacy.sensing.queries import (
    Shown,
    all_shown,
    declared_at_home,
    gates_of,
    public_communities,
    public_declaration,
    public_list,
    way_for,
    ways_of,
)
from linli.foundation.privacy.sensing.rules.entry import METHODS, other_ways
from linli.foundation.registry.models import Community


@require_safe
def sensing_list(request: ActorRequest) -> HttpResponse:
    """Every declaration in force in shared places, by place; anybody may read it, homes are never on it."""
    chosen = request.GET.get("community", "")
    community = Community.objects.filter(code=chosen[:32]).first() if chosen else community_of(request)
    if chosen and community is None:
        raise NotFound
    context = {
        "listed": community,
        "places": public_list(community) if community else [],
        "communities": [] if community else public_communities(),
        "may_have_a_home": not request.user.is_authenticated or has_own_information_pages(request),
    }
    return render(request, "portal/sensing_list.html", context)


@require_safe
def sensing_one(request: HttpRequest, sign: str) -> HttpResponse:
    """What the QR code on a sign opens. What has been taken down is not found."""
    seen, community = public_declaration(sign)
    return render(request, "portal/sensing_one.html", {"seen": seen, "listed": community})


@dataclass(frozen=True)
class Gate:
    """One gate of the resident: ``ways`` it has now, and those without a face that it may still choose."""

    seen: Shown
    ways: list[WayIn]
    choices: list[tuple[str, str]]

    @property
    def has_face(self) -> bool:
        return any(way.method == Method.FACE for way in self.ways)


@resident_page
@require_safe
def sensing(request: SpeakingRequest) -> HttpResponse:
    resident = whose_information(request)
    ways = ways_of(resident)
    declared = declared_at_home(resident)
    devices = hanging(resident, declared)
    hang = {one.device.type for one in devices}
    context = page_of(
        request,
        "me",
        devices=devices,
        others=[seen for seen in declared if seen.made.type not in hang],
        gates=[_gate(seen, ways) for seen in all_shown(gates_of(resident))],
        agreed=Consent.objects.in_force().filter(resident=resident, purpose="face_access").exists(),
    )
    return render(request, "portal/sensing.html", context)


@resident_page
@require_POST
def choose_way(request: SpeakingRequest, declaration_id: int) -> HttpResponse:
    """A way in without a face, or a face where there is a consent; ``refuse`` says no to the face at the same time."""
    resident = whose_information(request)
    gate = next((one for one in gates_of(resident) if one.pk == declaration_id), None)
    if gate is None:
        raise NotFound
    method = request.POST.get("method", "")
    try:
        if request.POST.get("refuse"):
            actions.refuse_face(gate, resident, method, channel=Consent.Channel.APP, actor=request.actor)
            said = _("记下了，您不刷脸。现在就可以%(how)s。") % {"how": Method(method).label}
        else:
            actions.give_way_in(gate, resident, method, actor=request.actor)
            said = _("记下了。现在就可以%(how)s。") % {"how": Method(method).label}
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("portal:sensing")


@resident_page
@require_POST
def way_works(request: SpeakingRequest, way_id: int) -> HttpResponse:
    way = way_for(request.actor, way_id)
    if way.resident_id != whose_information(request).pk:
        raise NotFound
    actions.say_it_works(way, actor=request.actor)
    messages.success(request, _("好的，能进门就好。"))
    return redirect("portal:sensing")


def _gate(seen: Shown, ways: list[WayIn]) -> Gate:
    gate = seen.made
    own = [way for way in ways if way.declaration_id == gate.pk]
    had = {way.method for way in own}
    open_to_all = other_ways(gate.methods)
    choices = [one for one in METHODS if one in gate.methods and (one in open_to_all or one == "phone")]
    return Gate(
        seen=seen,
        ways=own,
        choices=[(one, str(Method(one).label)) for one in choices if one not in had],
    )
