"""The form at a property desk: no account, one estate, a few at a time from one address."""

from __future__ import annotations

import uuid
from typing import cast

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.act.casework.actions import open_case_for_request
from linli.faces.portal.forms import PhotosField
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.refusals import TooMany
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.files.actions import store_photo
from linli.foundation.registry.models import Building
from linli.foundation.registry.rules import cells
from linli.foundation.tenancy import community_scope, every_community
from linli.sense.intake.actions import speak_at_counter
from linli.sense.intake.models import Counter
from linli.sense.requests.rules.danger import find_danger

PHOTOS_AT_MOST = 3


class CounterForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("什么事？"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    building = forms.ModelChoiceField(
        label=gettext_lazy("哪一幢？"), queryset=None, required=False, empty_label=gettext_lazy("说不准，或者是小区里")
    )
    photos = PhotosField(label=gettext_lazy("拍一张"), required=False)
    name = forms.CharField(label=gettext_lazy("怎么称呼您"), max_length=64, required=False)
    phone = forms.CharField(
        label=gettext_lazy("电话"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("留了电话，办好了才能告诉您。"),
    )
    client_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, estate_id: int, **kwargs):
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["building"])
        field.queryset = Building.objects.filter(estate_id=estate_id).select_related("estate").order_by("pk")
        if not self.is_bound:
            self.initial.setdefault("client_key", uuid.uuid4().hex)

    def clean_phone(self) -> str:
        given = self.cleaned_data["phone"].strip()
        try:
            return cells.phone(given, None) if given else ""  # type: ignore[arg-type]
        except cells.BadCell as bad:
            raise forms.ValidationError(str(bad)) from bad

    def clean(self) -> dict:
        super().clean()
        given = self.cleaned_data
        if "words" not in self.errors and not given.get("words", "").strip() and not given.get("photos"):
            self.add_error("words", _("还没有写是什么事。写一句就行，比如：楼道灯不亮。"))
        if len(given.get("photos") or []) > PHOTOS_AT_MOST:
            self.add_error("photos", _("最多 3 张照片，请去掉几张。"))
        return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def counter(request: HttpRequest, token: str) -> HttpResponse:
    with every_community("a code at a desk is opened by whoever scans it"):
        found = Counter.objects.filter(token=token).select_related("estate__community").first()
    if found is None:
        raise NotFound
    with community_scope(found.community_id):
        return _speak(request, found)


def _speak(request: HttpRequest, found: Counter) -> HttpResponse:
    if request.method != "POST" or found.closed_at is not None:
        return _page(request, found, CounterForm(estate_id=found.estate_id))
    form = CounterForm(request.POST, request.FILES, estate_id=found.estate_id)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    if not ratelimit.consume(request, action="counter", key=found.token):
        raise TooMany(_("这里一下子交得太多了，请过一会儿再来，或者打社区电话。"), code="too_many_here")
    given = form.cleaned_data
    system = Actor.for_system("counter", found.community_id)
    try:
        filed = speak_at_counter(
            found,
            given["words"],
            client_key=given["client_key"],
            name=given["name"],
            phone=given["phone"],
            building_id=given["building"].pk if given["building"] else None,
            photos=[store_photo(photo.read(), actor=system) for photo in given["photos"]],
        )
    except Refusal as refusal:
        field = {"photo": "photos", "building_id": "building"}.get(refusal.field or "", refusal.field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return _page(request, found, form, status=refusal.status)
    case = open_case_for_request(filed.request.pk, actor=system)
    context = {
        "counter": found,
        "number": case.number,
        "danger": find_danger(given["words"]),
        "told": bool(given["phone"]),
    }
    return render(request, "portal/counter_sent.html", context)


def _page(request: HttpRequest, found: Counter, form: CounterForm, *, status: int = 200) -> HttpResponse:
    danger = find_danger(form.data.get("words", "")) if form.is_bound else None
    return render(request, "portal/counter.html", {"counter": found, "form": form, "danger": danger}, status=status)
