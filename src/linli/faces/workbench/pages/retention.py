"""删除: what the next night erases, what is on hold, and the register of what was erased."""

from __future__ import annotations

import csv
from typing import cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.retention import planning, queries
from linli.foundation.privacy.retention.holding_back import LONGEST_REASON, lift_hold, place_hold
from linli.foundation.privacy.retention.rules import all_rules
from linli.foundation.registry.models import Resident

ON_A_PAGE = 20

card(
    "retention",
    gettext_lazy("删除"),
    gettext_lazy("到期的信息，前一天列出来，第二天凌晨删。要停的在这里停。"),
    icon="trash-2",
    url="workbench:retention",
    may_open=lambda actor: may(actor, "retention.see"),
    order=40,
)


def _reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("为什么"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("还没有写。写一句就行。")},
    )


class PlanForm(forms.Form):
    """Holding a plan needs a reason, letting it go on none."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = _reason()


class HoldForm(forms.Form):
    """Either a kind of information, or a person by the number in the register."""

    rule = forms.ChoiceField(label=gettext_lazy("哪一类信息"), required=False)
    code = forms.CharField(
        label=gettext_lazy("或者一个人：名册编号"),
        max_length=32,
        required=False,
        help_text=gettext_lazy("填了编号，他的信息都先不删。"),
    )
    reason = _reason()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rules = sorted(
            ((rule.table, str(rule.name)) for rule in all_rules().values() if rule.acts), key=lambda one: one[1]
        )
        cast(forms.ChoiceField, self.fields["rule"]).choices = [("", _("不按类")), *rules]


@never_cache
@signed_in_page
@require_safe
def retention(request: ActorRequest) -> HttpResponse:
    return _page(request)


@signed_in_page
@require_POST
def do(request: ActorRequest, plan_id: int, verb: str) -> HttpResponse:
    """Hold a plan, or let it go on."""
    form = PlanForm(request.POST)
    if verb == "release":
        form.fields["reason"].required = False
    elif verb != "hold":
        raise NotFound
    if not form.is_valid():
        return _page(request, plan_form=(plan_id, form), status=422)
    version = form.cleaned_data["version"]
    try:
        if verb == "hold":
            planning.hold(plan_id, form.cleaned_data["reason"], version=version, actor=request.actor)
        else:
            planning.release(plan_id, version=version, actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
        return redirect("workbench:retention")
    messages.success(request, _("停下了。") if verb == "hold" else _("好，下一个凌晨接着删。"))
    return redirect("workbench:retention")


@signed_in_page
@require_POST
def hold(request: ActorRequest) -> HttpResponse:
    """Keep a kind of information, or one person's, whatever the rules say."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, hold_form=form, status=422)
    given = form.cleaned_data
    code = given["code"].strip()
    resident = Resident.objects.filter(code=code).first() if code else None
    if code and resident is None:
        form.add_error("code", _("名册里没有这个编号。"))
        return _page(request, hold_form=form, status=422)
    try:
        place_hold(rule=given["rule"], resident=resident, reason=given["reason"], actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, hold_form=form, status=refusal.status)
    messages.success(request, _("先不删了，本人看得到原因。") if resident is not None else _("这一类先不删了。"))
    return redirect("workbench:retention")


@signed_in_page
@require_POST
def lift(request: ActorRequest, hold_id: int) -> HttpResponse:
    try:
        lift_hold(hold_id, reason=request.POST.get("reason", ""), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("恢复了，到期的下一个凌晨删。"))
    return redirect("workbench:retention")


@never_cache
@signed_in_page
@require_safe
def register_file(request: ActorRequest) -> HttpResponse:
    """The whole register as CSV: it holds counts and digests, nobody's name."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="deletion-register.csv"'
    csv.writer(response).writerows(queries.register_rows(request.actor))
    return response


def _page(
    request: ActorRequest,
    *,
    plan_form: tuple[int, PlanForm] | None = None,
    hold_form: HoldForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    paper = Paginator(queries.register_of(actor), ON_A_PAGE).get_page(request.GET.get("page"))
    coming = queries.plans_of(actor, coming=True)
    forms_ = [
        (
            shown,
            plan_form[1]
            if plan_form is not None and plan_form[0] == shown.plan.pk
            else PlanForm(initial={"version": shown.plan.version}, auto_id=f"id_{shown.plan.pk}_%s"),
            may(actor, "retention.lead", shown.plan) and shown.plan.community_id is not None,
        )
        for shown in coming
    ]
    context = page_of(
        request,
        "privacy",
        coming=forms_,
        wrong_plan=plan_form[0] if plan_form is not None else None,
        done=queries.plans_of(actor, coming=False),
        holds=[(one, queries.what_words(one.rule) if one.rule else "") for one in queries.holds_of(actor)],
        hold_form=hold_form or HoldForm(),
        hold_wrong=hold_form is not None,
        erasing=queries.erasing(actor),
        entries=[
            (one, queries.what_words(one.what), queries.then_words(one.then), queries.about_words(one.about))
            for one in paper.object_list
        ],
        paper=paper,
        may_lead=may(actor, "retention.lead"),
    )
    return render(request, "workbench/retention.html", context, status=status)
