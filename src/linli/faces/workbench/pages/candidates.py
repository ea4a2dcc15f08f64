"""What bridges have announced: look at it, take it in as a device, or not."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.enrolling import PlaceForm, standing_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Refusal
from linli.sense.telemetry.actions import NewDevice
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.discovery.actions import fingerprint, refuse, suggested_code, take_again, take_in
from linli.sense.telemetry.discovery.queries import (
    WAITING,
    Proposal,
    candidates,
    in_the_way_of,
    load_candidate,
    proposal,
    proposals,
    waiting,
)
from linli.sense.telemetry.models import Candidate, Device

TAB = "registry"
ON_A_PAGE = 50
STATES = {
    WAITING: gettext_lazy("等着看"),
    Candidate.State.TAKEN.value: gettext_lazy("接入了"),
    Candidate.State.REFUSED.value: gettext_lazy("不接"),
}


class TakeForm(PlaceForm):
    """``seen`` says what was offered when the page was made: what has changed since is not agreed to unseen."""

    type = forms.ChoiceField(label=gettext_lazy("当作什么设备"))
    name = forms.CharField(label=gettext_lazy("怎么叫它"), max_length=64, required=False)
    code = forms.CharField(label=gettext_lazy("设备编号"), max_length=48)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    field_order = ("type", "place", "room", "name", "code", "seen")

    def __init__(self, *args, actor: Actor, found: list[Proposal], **kwargs) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        field = cast(forms.ChoiceField, self.fields["type"])
        field.choices = [(one.kind, one.label) for one in found]
        field.widget.attrs |= {"hx-get": "", "hx-target": "#uses", "hx-select": "#uses", "hx-swap": "outerHTML"}


@community_page
@require_safe
def found(request: ActorRequest) -> HttpResponse:
    """The candidates by state; those that wait for a look first."""
    state = request.GET.get("state", WAITING)
    state = state if state in STATES else WAITING
    shown = Paginator(candidates(request.actor, state), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = []
    for candidate in shown.object_list:
        made = proposals(candidate.offers.all())
        rows.append((candidate, made[0] if made else None))
    context = page_of(
        request,
        TAB,
        rows=rows,
        shown=shown,
        state=state,
        chips=list(STATES.items()),
        waiting=waiting(request.actor),
        bridges=[] if rows else _bridges(request.actor),
    )
    return render(request, "workbench/devices/found.html", context)


def _bridges(actor: Actor) -> list[Device]:
    kinds = [key for key, kind in CATALOGUE.items() if kind.bridge]
    return list(Device.objects.visible_to(actor).filter(type__in=kinds, revoked_at=None).order_by("code"))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def candidate(request: ActorRequest, candidate_id: int) -> HttpResponse:
    """What it offers and what would become of it; a POST takes it in."""
    one = load_candidate(candidate_id, actor=request.actor)
    offers = list(one.offers.order_by("pk"))
    made = proposals(offers)
    initial = {"name": one.name[:64], "code": suggested_code(one), "seen": fingerprint(offers)}
    form = TakeForm(request.POST or None, actor=request.actor, found=made, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        try:
            new = NewDevice(given["code"].strip(), given["type"], given["name"].strip(), **form.where())
            device = take_in(one, new, actor=request.actor, seen=given["seen"])
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            name = {"home_id": "room"}.get(refusal.field or "", refusal.field)
            form.add_error(name if name in form.fields else None, str(refusal))
        else:
            messages.success(request, _("接入了。下一条消息起就记下来。"))
            return redirect("workbench:device", device.pk)
    kind = request.POST.get("type") or request.GET.get("type", "")
    chosen = next((each for each in made if each.kind == kind), made[0] if made else None)
    taken = one.state == Candidate.State.TAKEN and one.device is not None and one.device.revoked_at is None
    if taken and one.device is not None:
        chosen = proposal(offers, one.device.type)
    context = page_of(
        request,
        TAB,
        candidate=one,
        offers=chosen.uses if chosen else in_the_way_of(offers),
        chosen=chosen,
        form=form if made and not taken and one.bridge.revoked_at is None else None,
        standing=standing_of(form) if form.is_bound else None,
        taken=taken,
        seen=initial["seen"],
    )
    return render(request, "workbench/devices/candidate.html", context, status=422 if form.errors else 200)


@community_page
@require_POST
def again(request: ActorRequest, candidate_id: int) -> HttpResponse:
    """Agree to what a candidate that was taken in offers now."""
    one = load_candidate(candidate_id, actor=request.actor)
    try:
        take_again(one, actor=request.actor, seen=request.POST.get("seen", ""))
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("记下了。下一条消息起照新的收。"))
    return redirect("workbench:candidate", one.pk)


@community_page
@require_POST
def leave(request: ActorRequest, candidate_id: int) -> HttpResponse:
    """Take nothing of it."""
    one = load_candidate(candidate_id, actor=request.actor)
    try:
        refuse(one, actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("不接了。它发来的只计数，不记下来。"))
    return redirect("workbench:candidates")
