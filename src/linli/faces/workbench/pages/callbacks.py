"""回访: who is to be asked whether it helped; and what of a case everybody may read."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.actions import hide_card, missed, show_publicly
from linli.act.casework.actions.errands import photos_to_choose
from linli.act.casework.models import MOST_ATTEMPTS, Outcome, PublicCard
from linli.act.casework.queries import case_page, load_case, to_call_back
from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, Refusal


class CardForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("什么事"), max_length=60, help_text=gettext_lazy("不写姓名、电话、门牌。"),
        error_messages={"required": gettext_lazy("请写一句是什么事。")},
    )  # fmt: skip
    place = forms.CharField(label=gettext_lazy("在哪里"), max_length=60, required=False)
    did = forms.CharField(
        label=gettext_lazy("我们做了什么"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("办好了再写。写了，就登在“您说的，我们做了”里。"),
    )  # fmt: skip
    photo_ids = forms.TypedMultipleChoiceField(label=gettext_lazy("公开的照片"), required=False, coerce=int)

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.photos = list(photos_to_choose(case)[:12])
        cast(forms.ChoiceField, self.fields["photo_ids"]).choices = [(photo.pk, str(photo.pk)) for photo in self.photos]
        if case.outcome != Outcome.FIXED:
            del self.fields["did"]


@community_page
@require_safe
def callbacks(request: ActorRequest) -> HttpResponse:
    rows = to_call_back(request.actor, clock.now())
    return render(request, "workbench/callbacks.html", page_of(request, "cases", rows=rows, most=MOST_ATTEMPTS))


@community_page
@require_POST
def missed_call(request: ActorRequest, case_id: int, request_id: int) -> HttpResponse:
    try:
        missed(case_id, request_id, actor=request.actor)
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了，这次没打通。"))
    return redirect("workbench:callbacks")


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def public(request: ActorRequest, case_id: int) -> HttpResponse:
    found = load_case(case_id, actor=request.actor)
    card = PublicCard.objects.filter(case=found).first()
    initial = (
        {"title": card.title, "place": card.place, "did": card.did, "photo_ids": [p.pk for p in card.photos.all()]}
        if card
        else {"place": str(found.building or found.facility or "")}
    )
    form = CardForm(request.POST if request.method == "POST" else None, case=found, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                show_publicly(case_id, actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("大家都看得到了。"))
                return redirect("workbench:case", case_id)
    chosen = {str(value) for value in (form["photo_ids"].value() or [])}
    context = page_of(
        request, "today", page=case_page(found, request.actor), form=form, card=card,
        photos=[(photo, str(photo.pk) in chosen) for photo in form.photos],
    )  # fmt: skip
    return render(request, "workbench/public_card.html", context, status=status)


@community_page
@require_POST
def hide(request: ActorRequest, case_id: int) -> HttpResponse:
    hide_card(case_id, actor=request.actor)
    messages.success(request, _("收起来了，别人看不到了。"))
    return redirect("workbench:case", case_id)
