"""工作量, what somebody who leaves still has in hand, and answer templates."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.actions.helping import hand_over_all, remove_template, write_template
from linli.act.casework.models import AnswerTemplate, Outcome
from linli.act.casework.queries.helping import workload
from linli.faces.workbench.access import community_page, director_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.dispatching import ANY, category_choices
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.understand.triage.taxonomy import category


class LeaveForm(forms.Form):
    to_id = forms.TypedChoiceField(
        label=gettext_lazy("都交给谁"), required=False, coerce=int, empty_value=None,
        help_text=gettext_lazy("不选就在各自网格里平均分；选的人不在那个网格的，也在网格里分。"),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("交代一句"), max_length=200, required=False)


class TemplateForm(forms.Form):
    outcome = forms.ChoiceField(label=gettext_lazy("哪一种结果"), choices=Outcome.choices)
    category = forms.ChoiceField(label=gettext_lazy("哪一类事"), required=False)
    words = forms.CharField(
        label=gettext_lazy("怎么说"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("用大白话写。办的人会照实改。"),
        error_messages={"required": gettext_lazy("请写一段答复。")},
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["category"]).choices = [("", str(ANY)), *category_choices()]


@community_page
@require_safe
def load(request: ActorRequest) -> HttpResponse:
    loads, nobody = workload(request.actor, clock.now())
    return render(request, "workbench/workload.html", page_of(request, "cases", loads=loads, nobody=nobody))


@director_page
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: ActorRequest, account_id: int) -> HttpResponse:
    """Everything that somebody still has goes to others in one step."""
    loads, _nobody = workload(request.actor, clock.now())
    found = next((one for one in loads if one.account.pk == account_id), None)
    if found is None:
        raise NotFound
    form = LeaveForm(request.POST if request.method == "POST" else None)
    others = [
        (one.account.pk, one.account.display_name) for one in loads if not one.gone and one.account.pk != account_id
    ]
    cast(forms.ChoiceField, form.fields["to_id"]).choices = [("", _("平均分")), *others]
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = hand_over_all(account_id, actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                said = _("、").join(f"{name} {n}" for name, n in done.to.items()) or "0"
                messages.success(
                    request, _("交接好了：%(said)s。还没有人接的 %(n)d 件。") % {"said": said, "n": done.waiting}
                )
                return redirect("workbench:workload")
    return render(request, "workbench/leave.html", page_of(request, "cases", load=found, form=form), status=status)


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def templates(request: ActorRequest) -> HttpResponse:
    form, status = TemplateForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            write_template(actor=request.actor, **form.cleaned_data)
            messages.success(request, _("模板记下了。"))
            return redirect("workbench:templates")
    language = get_language() or "zh-hans"
    rows = [
        (one, category(one.category).path(language) if one.category else "")
        for one in AnswerTemplate.objects.visible_to(request.actor)
    ]
    return render(request, "workbench/templates.html", page_of(request, "cases", rows=rows, form=form), status=status)


@community_page
@require_POST
def remove(request: ActorRequest, template_id: int) -> HttpResponse:
    remove_template(template_id, actor=request.actor)
    messages.success(request, _("模板去掉了。"))
    return redirect("workbench:templates")
