"""公布的数: this year's privacy budget, proposing and approving a release, and how far the worker is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may, require
from linli.foundation.accounts.persons import same_person
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.analysis.rules.answering import COST
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.publishing import actions, ledger, queries, releasing
from linli.foundation.privacy.publishing.models import ANALYSIS, OPEN_NUMBERS, WORKFLOW, Release, State
from linli.foundation.privacy.publishing.numbers import all_indicators
from linli.foundation.privacy.publishing.rules.budget import spelled

card(
    "numbers",
    gettext_lazy("公布的数"),
    gettext_lazy("公布给大家看的数，今年的隐私预算，提出和同意。"),
    icon="table",
    url="workbench:numbers",
    may_open=lambda actor: may(actor, "publishing.see_ledger"),
    order=40,
)

PRECISION = {
    1000: gettext_lazy("最细，一年够一次"),
    500: gettext_lazy("一半，一年够两次"),
    250: gettext_lazy("四分之一，一季度一次"),
}
TROUBLES = {
    "budget_spent": gettext_lazy("今年的预算不够了。什么都没有花。"),
    "no_budget": gettext_lazy("今年的预算还没有定。什么都没有花。"),
    "not_protected": gettext_lazy("有一张表藏不住小格子，所以没有公布。什么都没有花。"),
    "clock_moved_back": gettext_lazy("系统的时钟比账本早。什么都没有花。"),
    "price_changed": gettext_lazy("要公布的数变了，价钱也变了，请重新提出。什么都没有花。"),
}


class ProposalForm(forms.Form):
    first = forms.DateField(label=gettext_lazy("从哪天"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    last = forms.DateField(label=gettext_lazy("到哪天"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    share = forms.TypedChoiceField(label=gettext_lazy("多准"), coerce=int, choices=())

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["share"].choices = [  # type: ignore[attr-defined]
            (
                share,
                _("%(words)s：人数 ±%(error)s，花 %(price)s")
                % {
                    "words": PRECISION[share],
                    "error": _error_of_people(share),
                    "price": spelled(releasing.price_of(share)),
                },
            )
            for share in releasing.SHARES
        ]


class AmountForm(forms.Form):
    amount = forms.CharField(label=gettext_lazy("多少 ε"), max_length=12)


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: ActorRequest) -> HttpResponse:
    require(request.actor, "publishing.see_ledger")
    if request.method != "POST":
        return _overview(request, ProposalForm(initial=_suggested()))
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return _overview(request, form, status=422)
    given = form.cleaned_data
    try:
        made = actions.propose(given["first"], given["last"], share=given["share"], actor=request.actor)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        refusal.beside(form)
        return _overview(request, form, status=refusal.status)
    messages.success(request, _("提出了。等另一位同事同意。"))
    return redirect("workbench:numbers_release", made.pk)


@signed_in_page
@require_POST
def budget(request: ActorRequest, verb: str) -> HttpResponse:
    """``grant`` opens this year's budget, ``lower`` takes something off it; of the studies where ``purpose`` says so."""
    of_studies = request.POST.get("purpose") == ANALYSIS
    acts: dict[str, Callable[..., object]] = {"grant": ledger.grant, "lower": ledger.lower}
    if verb not in acts:
        raise NotFound()
    try:
        acts[verb](ANALYSIS if of_studies else OPEN_NUMBERS, request.POST.get("amount", ""), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        return _overview(
            request,
            ProposalForm(initial=_suggested()),
            status=refusal.status,
            wrong={f"{verb}_studies" if of_studies else verb: str(refusal)},
        )
    messages.success(request, _("今年的预算定好了。") if verb == "grant" else _("预算调低了。"))
    return redirect("workbench:numbers")


@signed_in_page
@require_safe
def release(request: ActorRequest, release_id: int) -> HttpResponse:
    return _release(request, release_id)


@signed_in_page
@require_safe
def progress(request: ActorRequest, release_id: int) -> HttpResponse:
    """The part of the page that changes while the worker counts."""
    require(request.actor, "publishing.see_ledger")
    return render(request, "workbench/_numbers_progress.html", _facts(request, release_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, release_id: int, verb: str) -> HttpResponse:
    version = request.POST.get("version", "")
    acts: dict[str, Callable[..., object]] = {
        "approve": actions.approve,
        "withdraw": actions.withdraw,
        "refuse": lambda pk, **given: actions.refuse(pk, request.POST.get("reason", ""), **given),
    }
    if verb not in acts:
        raise NotFound()
    try:
        acts[verb](release_id, version=int(version) if version.isdecimal() else -1, actor=request.actor)
    except Refusal as refusal:
        if refusal.status == 404 or (refusal.status == 403 and refusal.code != "same_person"):
            raise
        return _release(request, release_id, status=refusal.status, wrong=str(refusal))
    said = {
        "approve": _("同意了。现在开始数。"),
        "refuse": _("没有同意。提出的人在这里看得到为什么。"),
        "withdraw": _("撤回了。"),
    }
    messages.success(request, said[verb])
    return redirect("workbench:numbers_release", release_id)


def _overview(
    request: ActorRequest, form: ProposalForm, *, status: int = 200, wrong: dict[str, str] | None = None
) -> HttpResponse:
    actor = request.actor
    found, of_studies = ledger.standing(OPEN_NUMBERS), ledger.left(ANALYSIS)
    context = page_of(
        request,
        "privacy",
        form=form,
        year=clock.today().year,
        standing=found,
        granted=spelled(found.budget.granted) if found else "",
        left=spelled(found.left) if found else "",
        left_percent=100 * found.left // found.budget.granted if found else 0,
        lines=[(entry, spelled(entry.amount), spelled(entry.left_after)) for entry in found.entries] if found else [],
        suggested=spelled(ledger.SUGGESTED),
        amount_form=AmountForm(),
        releases=list(Release.objects.visible_to(actor).select_related("proposed_by").order_by("-number")[:24]),
        errors_by_share=_errors_by_share(),
        studies_left=spelled(of_studies) if of_studies else "",
        studies_answers=of_studies // COST,
        may_grant=may(actor, "publishing.grant"),
        may_lower=may(actor, "publishing.lower"),
        may_propose=may(actor, "publishing.propose"),
        wrong=wrong or {},
    )
    return render(request, "workbench/numbers.html", context, status=status)


def _release(request: ActorRequest, release_id: int, *, status: int = 200, wrong: str = "") -> HttpResponse:
    require(request.actor, "publishing.see_ledger")
    context = page_of(request, "privacy", wrong=wrong, **_facts(request, release_id))
    return render(request, "workbench/numbers_release.html", context, status=status)


def _facts(request: ActorRequest, release_id: int) -> dict:
    actor = request.actor
    found = queries.release_for(actor, release_id)
    verbs = {transition.verb for transition in WORKFLOW.allowed(found.state)}
    mine = found.proposed_by_id == actor.account_id
    return {
        "release": found,
        "price": spelled(found.price),
        "precision": PRECISION.get(found.share, ""),
        "trouble": TROUBLES.get(found.trouble, _("出了毛病，已经记下来。什么都没有花。")),
        "running": found.state == State.APPROVED,
        "figures": queries.figures(found) if found.state == State.PUBLISHED else [],
        "expected": _expected(found.share),
        "may_decide": "approve" in verbs
        and may(actor, "publishing.approve")
        and not same_person(actor.account_id, found.proposed_by_id),
        "may_withdraw": "withdraw" in verbs and mine,
        "waits_for_another": found.state == State.PROPOSED and mine,
    }


def _suggested() -> dict:
    """The quarter that ended last, from the day after the last release if that is later."""
    today = clock.today()
    this_quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    last = this_quarter - timedelta(days=1)
    first = date(last.year, 3 * ((last.month - 1) // 3) + 1, 1)
    newest = Release.objects.standing().order_by("-last_day").first()
    if newest is not None and newest.last_day >= first:
        first = newest.last_day + timedelta(days=1)
        last = today - timedelta(days=1)
    if (last - first).days + 1 < actions.FEWEST_DAYS:
        return {"share": releasing.SHARES[-1]}
    return {"first": first, "last": last, "share": releasing.SHARES[-1]}


def _expected(share: int) -> list[tuple[str, int]]:
    """(indicator, its ± before anything is counted; of a rate that of its base)."""
    return [(str(one.title), releasing.expected_error(one, share)) for one in all_indicators()]


def _errors_by_share() -> list[tuple[str, list[int], bool]]:
    return [
        (str(one.title), [releasing.expected_error(one, share) for share in releasing.SHARES], one.is_rate)
        for one in all_indicators()
    ]


def _error_of_people(share: int) -> int:
    return next(releasing.expected_error(one, share) for one in all_indicators() if one.key == "living_alone")
