"""抽查: what somebody outside the unit looks at again, what they found, and how each unit does."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.actions.quality import find, is_outside, set_share
from linli.act.casework.models import QualityCheck
from linli.act.casework.queries import case_page, load_case
from linli.act.casework.queries.quality import checking, quality
from linli.faces.workbench.access import community_page, director_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.rates import asked_days
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal


class ShareForm(forms.Form):
    percent = forms.IntegerField(
        label=gettext_lazy("每周抽百分之几"), min_value=0, max_value=100,
        help_text=gettext_lazy("各单位分开抽，每个单位至少一件。0 就是不抽。"),
    )  # fmt: skip


class FoundForm(forms.Form):
    result = forms.ChoiceField(
        label=gettext_lazy("查下来怎么样"), choices=QualityCheck.Result.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("哪里不足"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("有不足、要重新办的，一定要写。重新办的，居民看得到这句话。"),
    )  # fmt: skip


@community_page
@require_safe
def page(request: ActorRequest) -> HttpResponse:
    return _page(request)


@director_page
@require_POST
def share(request: ActorRequest) -> HttpResponse:
    form = ShareForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    set_share(form.cleaned_data["percent"], actor=request.actor)
    messages.success(request, _("记下了，下周一按这个比例抽。"))
    return redirect("workbench:quality")


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: ActorRequest, check_id: int) -> HttpResponse:
    """The case as it was handled, and the form for what was found."""
    one = checking(check_id, actor=request.actor)
    if one is None:
        raise NotFound
    case = load_case(one.check.case_id, actor=request.actor)
    form = FoundForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                find(check_id, actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("查的结果记下了。"))
                return redirect("workbench:quality")
    context = page_of(
        request, "cases", one=one, form=form, page=case_page(case, request.actor),
        outside=is_outside(case, one.check.unit, request.user.pk),
    )  # fmt: skip
    return render(request, "workbench/quality_check.html", context, status=status)


def _page(request: ActorRequest, form: ShareForm | None = None, status: int = 200) -> HttpResponse:
    first, last = asked_days(request.GET)
    found = quality(first, last, actor=request.actor)
    context = page_of(
        request, "cases", first=first, last=last, found=found, form=form or ShareForm(initial={"percent": found.percent}),
    )  # fmt: skip
    return render(request, "workbench/quality.html", context, status=status)
