"""Asking a unit outside for help on a case, and writing down what it says on the telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.act.casework.actions import errand_step, send_errand
from linli.act.casework.actions.errands import LINK_DAYS, LONGEST_LINK, may_send, photos_to_choose
from linli.act.casework.models import Errand, OutsideUnit, Whistle
from linli.act.casework.queries import case_page, load_case, units
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed, NotFound, Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

VERBS = {
    "accept": gettext_lazy("对方接了"),
    "number": gettext_lazy("对方编号"),
    "arrive": gettext_lazy("对方到场了"),
    "finish": gettext_lazy("对方办完了"),
    "decline": gettext_lazy("对方不接"),
    "renew": gettext_lazy("换一个链接"),
    "recall": gettext_lazy("收回"),
}
ASKS: dict[str, tuple[str, StrOrPromise, bool, StrOrPromise]] = {
    "accept": ("their_number", gettext_lazy("对方的编号"), False, gettext_lazy("居民看得到，没有就空着。")),
    "number": ("their_number", gettext_lazy("对方的编号"), True, gettext_lazy("居民看得到。")),
    "finish": ("result", gettext_lazy("对方说做了什么"), True, ""),
    "decline": ("reason", gettext_lazy("为什么不接"), True, ""),
    "recall": ("reason", gettext_lazy("为什么收回"), True, gettext_lazy("原来的链接马上不能用。")),
}


class SendForm(forms.Form):
    """``whistle`` only where departments may be called."""

    unit_id = forms.TypedChoiceField(label=gettext_lazy("请哪个单位"), coerce=int)
    whistle = forms.ChoiceField(
        label=gettext_lazy("吹哨"),
        required=False,
        help_text=gettext_lazy("只对职能部门。应急哨 30 分钟内到场，别的一个工作日内到。"),
    )
    task = forms.CharField(
        label=gettext_lazy("请对方做什么"),
        max_length=500,
        help_text=gettext_lazy("对方看到的就是这句话和地点。别写居民的姓名、电话和门牌。"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("还没有写。写一句就行。")},
    )
    photo_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("给对方看的照片"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=gettext_lazy("链接能用几天"), min_value=1, max_value=LONGEST_LINK, initial=LINK_DAYS,
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, case, actor, **kwargs):
        super().__init__(*args, **kwargs)
        fields = cast(dict[str, forms.ChoiceField], self.fields)
        listed = [unit for unit in units(actor) if unit.active]
        fields["unit_id"].choices = [(unit.pk, f"{unit.name}（{unit.get_kind_display()}）") for unit in listed]
        departments = any(unit.kind == OutsideUnit.Kind.DEPARTMENT for unit in listed)
        if actor.is_community_staff and departments:
            fields["whistle"].choices = [("", _("不吹哨，只是请来办")), *Whistle.choices]
        else:
            del self.fields["whistle"]
        photos = list(photos_to_choose(case)[:12])
        self.photos = photos
        fields["photo_ids"].choices = [(photo.pk, _("照片 %(n)d") % {"n": n}) for n, photo in enumerate(photos, 1)]
        if not photos:
            del self.fields["photo_ids"]
        self.initial.setdefault("version", case.version)
        self.none = not listed


class StepForm(forms.Form):
    def __init__(self, *args, verb: str, **kwargs):
        super().__init__(*args, **kwargs)
        if verb in ASKS:
            name, label, required, help_text = ASKS[verb]
            widget = forms.TextInput() if name == "their_number" else forms.Textarea(attrs={"rows": 3})
            self.fields[name] = forms.CharField(
                label=label, required=required, max_length=40 if name == "their_number" else 500, widget=widget,
                help_text=help_text, error_messages={"required": _("还没有写。写一句就行。")},
            )  # fmt: skip


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest, case_id: int) -> HttpResponse:
    found = load_case(case_id, actor=request.actor)
    if not may_send(found, request.actor):
        raise NotAllowed
    form = SendForm(request.POST or None, case=found, actor=request.actor)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                send_errand(case_id, actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("派出去了。对方有手机号的，链接已经发短信；没有的，把下面的链接转给对方。"))
                return redirect("workbench:case", case_id)
    context = page_of(request, "today", page=case_page(found, request.actor), form=form)
    return render(request, "workbench/errand_new.html", context, status=status)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def do(request: ActorRequest, errand_id: int, verb: str) -> HttpResponse:
    """What the unit said on the telephone, another link, or the end of it."""
    rows = Errand.objects.visible_to(request.actor).filter(pk=errand_id)
    errand = rows.select_related("unit", "case").first()
    if errand is None or verb not in VERBS:
        raise NotFound
    if not may_send(errand.case, request.actor):
        raise NotAllowed
    form = StepForm(request.POST if request.method == "POST" else None, verb=verb)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                errand_step(errand_id, verb, actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("记下了。"))
                return redirect("workbench:case", errand.case_id)
    context = page_of(request, "today", errand=errand, form=form, label=VERBS[verb], verb=verb)
    return render(request, "workbench/errand_step.html", context, status=status)
