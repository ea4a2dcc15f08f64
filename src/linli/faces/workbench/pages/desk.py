"""Writing down what a caller or visitor says, in half a minute and without a mouse."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.casework.actions import Received, receive
from linli.faces.kit.choices import FacilityField
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.earlier import earlier_by_phone, earlier_of
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Refusal
from linli.foundation.files.actions import store_photo
from linli.foundation.registry.models import Building, Facility, Resident
from linli.foundation.registry.queries import search
from linli.sense.intake.locating import building_named
from linli.sense.intake.queries import counts
from linli.sense.requests.actions import Caller, Place
from linli.sense.requests.models import Channel
from linli.sense.requests.rules.danger import find_danger

CHANNELS = (Channel.PHONE, Channel.DESK, Channel.DOOR, Channel.PAPER, Channel.GROUP_CHAT, Channel.HOTLINE)
FIELD_NAMES = {"building_id": "building", "facility_id": "facility", "speaker_id": "speaker"}


class DeskForm(forms.Form):
    """``speaker`` is somebody of the registry; otherwise name and phone as the caller gives them."""

    channel = forms.ChoiceField(
        label=gettext_lazy("怎么来的"), choices=[(c.value, c.label) for c in CHANNELS], initial=Channel.PHONE
    )
    speaker = forms.ModelChoiceField(label=gettext_lazy("谁"), queryset=None, required=False, widget=forms.HiddenInput)
    speaker_name = forms.CharField(label=gettext_lazy("姓名"), max_length=64, required=False)
    speaker_phone = forms.CharField(label=gettext_lazy("电话"), max_length=20, required=False)
    words = forms.CharField(
        label=gettext_lazy("原话"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("照他说的写，不用改。"),
    )
    building = forms.ModelChoiceField(
        label=gettext_lazy("哪一幢"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("他家所在的楼"),
    )
    facility = FacilityField(
        label=gettext_lazy("哪个设施"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("不是设施"),
    )
    outer_number = forms.CharField(label=gettext_lazy("12345 编号"), max_length=64, required=False)
    client_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        buildings = Building.objects.visible_to(actor).select_related("estate").order_by("estate__name", "pk")
        facilities = Facility.objects.visible_to(actor)
        if not actor.is_community_staff:
            buildings, facilities = (rows.filter(grid__in=actor.grid_ids) for rows in (buildings, facilities))
        cast(forms.ModelChoiceField, self.fields["building"]).queryset = buildings
        cast(FacilityField, self.fields["facility"]).among(facilities)
        cast(forms.ModelChoiceField, self.fields["speaker"]).queryset = Resident.objects.visible_to(actor)
        self.initial.setdefault("client_key", uuid.uuid4().hex)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: ActorRequest) -> HttpResponse:
    if request.method != "POST":
        return _ask(
            request, DeskForm(actor=request.actor, initial={"speaker_phone": request.GET.get("phone", "")[:20]})
        )
    form = DeskForm(request.POST, request.FILES, actor=request.actor)
    if request.POST.get("look_up"):
        for name in list(form.errors):
            del form.errors[name]
        return _ask(request, form)
    if not form.is_valid():
        return _ask(request, form, status=422)
    try:
        received = file_call(request, form.cleaned_data)
    except Refusal as refusal:
        field = FIELD_NAMES.get(refusal.field or "", refusal.field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return _ask(request, form, status=refusal.status)
    messages.success(request, _("登记好了，编号 %(number)s。请报给对方。") % {"number": received.case.number})
    if received.danger:
        messages.error(request, _("话里有危险，先请对方打 110、119 或 120。"))
    return redirect("workbench:case", received.case.pk)


def file_call(request: ActorRequest, given: dict, *, said_at: datetime | None = None) -> Received:
    """File what the form says, with its photos; raises what :func:`receive` raises. A caller who speaks for a resident of
    the register is kept beside it."""
    speaker = given["speaker"]
    return receive(
        given["words"],
        actor=request.actor,
        channel=given["channel"],
        speaker_id=speaker.pk if speaker else None,
        caller=None if speaker and not given["speaker_name"] else Caller(given["speaker_name"], given["speaker_phone"]),
        place=place_in(given, request.actor),
        photo_ids=_photos(request),
        said_at=said_at,
        client_key=given["client_key"],
        outer_number=given["outer_number"],
    )


@staff_page
@require_safe
def callers(request: ActorRequest) -> HttpResponse:
    """Who it may be: names and phones masked, the building and what they said before are enough to ask back."""
    return render(request, "workbench/_callers.html", found_for(request, request.GET.get("q", "")))


def place_in(given: dict, actor: Actor) -> Place | None:
    """What was chosen; else, for somebody whose home nobody knows, the one building that the words name."""
    if given["facility"]:
        return Place(facility_id=given["facility"].pk)
    if given["building"]:
        return Place(building_id=given["building"].pk)
    named = None if given["speaker"] else building_named(given["words"], actor)
    return Place(building_id=named) if named else None


def _photos(request: ActorRequest) -> list[int]:
    return [store_photo(photo.read(), actor=request.actor).pk for photo in request.FILES.getlist("photos")]


def found_for(request: ActorRequest, words: str) -> dict:
    """Who it may be, with what each has said before; for a number in no register, what it has called about."""
    words = words.strip()[:80]
    people = list(search(request.actor, words).residents[:8]) if words else []
    today = clock.today()
    earlier = earlier_of(request.actor, [person.pk for person in people])
    return {
        "asked": words,
        "people": [(person, person.age_on(today), earlier.get(person.pk, [])) for person in people],
        "strangers": [] if people else earlier_by_phone(request.actor, words),
    }


def _ask(request: ActorRequest, form: DeskForm, *, status: int = 200) -> HttpResponse:
    words = form.data.get("q", "") if form.is_bound else request.GET.get("phone", "")
    context = page_of(
        request,
        "desk",
        at="desk",
        form=form,
        chosen=form.data.get("speaker", "") if form.is_bound else "",
        danger=find_danger(form.data.get("words", "")) if form.is_bound else None,
        counts=counts(request.actor),
        **found_for(request, words),
    )
    return render(request, "workbench/desk.html", context, status=status)
