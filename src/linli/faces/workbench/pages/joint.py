"""联合数一数: how many are on our list and a partner's, without either seeing the other's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may, require
from linli.foundation.accounts.persons import accounts_of
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.joint import actions, journal, queries
from linli.foundation.privacy.joint.invitation import invitation as paper_of
from linli.foundation.privacy.joint.models import JointRun, People, State
from linli.foundation.privacy.joint.permissions import is_lead
from linli.foundation.privacy.joint.rules.limits import EPSILON_A_YEAR, RUNS_A_QUARTER
from linli.foundation.privacy.joint.rules.noise import error95
from linli.foundation.privacy.joint.rules.terms import EPSILON, FEWEST_ON_A_LIST

ON_A_PAGE = 20
LARGEST_CARD = 16 * 1024

card(
    "joint",
    gettext_lazy("联合数一数"),
    gettext_lazy("和卫生站一起数：两边名单上都有的，有多少人。谁也看不到对方的名单。"),
    icon="handshake",
    url="workbench:joint",
    may_open=lambda actor: may(actor, "joint.see"),
    order=50,
)


class ProposeForm(forms.Form):
    partner = forms.ModelChoiceField(label=gettext_lazy("和谁一起数"), queryset=None, empty_label=None)
    question = forms.CharField(
        label=gettext_lazy("要数什么"),
        max_length=200,
        help_text=gettext_lazy("写一句话，对方也看得到。比如：65 岁以上的居民里，多少人在卫生站建了慢病档案。"),
    )
    people = forms.ChoiceField(
        label=gettext_lazy("我们这边算谁"), choices=People.choices, initial=People.SIXTY_FIVE, widget=forms.RadioSelect
    )
    banded = forms.BooleanField(
        label=gettext_lazy("分年龄段数"),
        required=False,
        help_text=gettext_lazy("只算单独同意过的居民。"),
    )

    def __init__(self, *args, actor, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"].queryset = queries.partners(actor).filter(  # type: ignore[attr-defined]
            confirmed_at__isnull=False
        )


class PartnerForm(forms.Form):
    card = forms.FileField(
        label=gettext_lazy("对方的名片文件"), help_text=gettext_lazy("对方用 linli joint init 做出来的 card.json。")
    )
    address = forms.CharField(
        label=gettext_lazy("对方的地址"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("主机:端口。对方打过来的话，不用填。"),
    )


class VerbForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("为什么不同意"), max_length=200, required=False)


ACTIONS: dict[str, Callable[..., JointRun]] = {
    "approve": actions.approve,
    "refuse": actions.refuse,
    "withdraw": actions.withdraw,
}


@signed_in_page
@require_safe
def joint(request: ActorRequest) -> HttpResponse:
    require(request.actor, "joint.see")
    return _overview(request, PartnerForm())


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest) -> HttpResponse:
    require(request.actor, "joint.propose")
    form = ProposeForm(request.POST or None, actor=request.actor)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                made = actions.propose(
                    given["partner"].pk,
                    given["question"],
                    given["people"],
                    banded=given["banded"],
                    actor=request.actor,
                )
            except Refusal as refusal:
                if refusal.closes_the_page:
                    raise
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("提出来了，等另一位负责人同意。"))
                return redirect("workbench:joint_run", made.pk)
    context = page_of(
        request,
        "privacy",
        form=form,
        least=FEWEST_ON_A_LIST,
        error=error95(EPSILON),
        runs=RUNS_A_QUARTER,
        a_year=int(EPSILON_A_YEAR / EPSILON),
        nobody=not form.fields["partner"].queryset.exists(),  # type: ignore[attr-defined]
    )
    return render(request, "workbench/joint_new.html", context, status=status)


@signed_in_page
@require_safe
def run(request: ActorRequest, joint_id: int) -> HttpResponse:
    return _page(request, queries.run_for(request.actor, joint_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, joint_id: int, verb: str) -> HttpResponse:
    made = queries.run_for(request.actor, joint_id)
    if verb not in ACTIONS:
        raise NotFound
    form = VerbForm(request.POST)
    if not form.is_valid():
        return _page(request, made, status=422)
    given = {"reason": form.cleaned_data["reason"]} if verb == "refuse" else {}
    try:
        ACTIONS[verb](made.pk, version=form.cleaned_data["version"], actor=request.actor, **given)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        return _page(request, queries.run_for(request.actor, joint_id), wrong=str(refusal), status=refusal.status)
    messages.success(request, _("记下了。"))
    return redirect("workbench:joint_run", made.pk)


@signed_in_page
@require_safe
def invitation(request: ActorRequest, joint_id: int) -> HttpResponse:
    """The signed paper for the partner."""
    made = queries.run_for(request.actor, joint_id)
    return _file(paper_of(actions.terms_of(made), journal.own_keys()), f"{made.run[:8]}.invitation.json")


@signed_in_page
@require_safe
def own_card(request: ActorRequest) -> HttpResponse:
    require(request.actor, "joint.see")
    return _file(journal.own_keys().card.as_text(), "card.json")


@signed_in_page
@require_POST
def add_partner(request: ActorRequest) -> HttpResponse:
    require(request.actor, "joint.add_partner")
    form = PartnerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, form, status=422)
    file = form.cleaned_data["card"]
    text = file.read(LARGEST_CARD).decode("utf-8", "replace")
    try:
        actions.add_partner(text, form.cleaned_data["address"].strip(), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _overview(request, form, status=refusal.status)
    messages.success(request, _("登记好了。请另一位负责人打电话核对指纹。"))
    return redirect("workbench:joint")


@signed_in_page
@require_POST
def partner(request: ActorRequest, partner_id: int, verb: str) -> HttpResponse:
    steps = {"confirm": actions.confirm_partner, "end": actions.end_partner}
    if verb not in steps:
        raise NotFound
    steps[verb](partner_id, actor=request.actor)
    messages.success(request, _("记下了。"))
    return redirect("workbench:joint")


@signed_in_page
@require_safe
def log(request: ActorRequest) -> HttpResponse:
    paper = Paginator(queries.log_of(request.actor), 50).get_page(request.GET.get("page"))
    return render(request, "workbench/joint_log.html", page_of(request, "privacy", paper=paper, fault=journal.fault()))


@signed_in_page
@require_safe
def log_file(request: ActorRequest) -> HttpResponse:
    """Every entry as it was signed, one JSON line each: anybody who holds our card can verify it."""
    require(request.actor, "joint.see")
    lines = (json.dumps(asdict(entry), ensure_ascii=False) for entry in journal.entries())
    return _file("".join(f"{line}\n" for line in lines), "joint-log.jsonl")


def _overview(request: ActorRequest, form: PartnerForm, status: int = 200) -> HttpResponse:
    actor = request.actor
    paper = Paginator(queries.runs(actor), ON_A_PAGE).get_page(request.GET.get("page"))
    partners = list(queries.partners(actor))
    own = accounts_of(actor.account_id, [one.added_by_id for one in partners])
    context = page_of(
        request,
        "privacy",
        form=form,
        paper=paper,
        rows=[(one, queries.told(one)) for one in paper.object_list],
        partners=[(one, is_lead(actor, one) and one.added_by_id not in own) for one in partners],
        ready=any(one.confirmed_at for one in partners),
        own=journal.own_keys().card,
        may_propose=may(actor, "joint.propose"),
        may_add=may(actor, "joint.add_partner"),
    )
    return render(request, "workbench/joint.html", context, status=status)


def _page(request: ActorRequest, made: JointRun, *, wrong: str = "", status: int = 200) -> HttpResponse:
    context = page_of(
        request,
        "privacy",
        made=made,
        told=queries.told(made),
        verbs=[verb for verb in queries.allowed_verbs(made, request.actor) if verb in ACTIONS],
        mine=made.proposed_by_id == request.actor.account_id,
        wrong=wrong,
        why=queries.why_stopped(made.code) if made.code else "",
        waiting=made.state in (State.APPROVED, State.RUNNING),
        entries=queries.log_of(request.actor, made.run),
        error=error95(made.epsilon),
    )
    return render(request, "workbench/joint_run.html", context, status=status)


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
