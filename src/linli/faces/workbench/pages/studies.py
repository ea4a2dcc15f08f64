"""研究室: questions about pseudonymised rows, each approved by a second person, answered in totals only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may, require
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.analysis import actions, queries
from linli.foundation.privacy.analysis.catalogue import views
from linli.foundation.privacy.analysis.files import csv_of
from linli.foundation.privacy.analysis.models import Study, StudyQuestion, StudyState
from linli.foundation.privacy.analysis.rules.answering import BUDGET, EPSILON
from linli.foundation.privacy.analysis.rules.audit import FEWEST
from linli.foundation.privacy.analysis.rules.shapes import Question, Shape
from linli.foundation.privacy.cards import card

ON_A_PAGE = 20

card(
    "studies",
    gettext_lazy("研究室"),
    gettext_lazy("分析员提问，另一个人同意，只看总数。看不到任何一个人。"),
    icon="split",
    url="workbench:studies",
    may_open=lambda actor: may(actor, "analysis.see"),
    order=51,
)


class StudyForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("研究叫什么"), max_length=80)
    why = forms.CharField(
        label=gettext_lazy("为什么要研究"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("写给负责人和居民看。居民在“谁看过”里看得到研究的名字。"),
    )
    views = forms.MultipleChoiceField(label=gettext_lazy("要看哪种数据"), widget=forms.CheckboxSelectMultiple)
    ends_on = forms.DateField(
        label=gettext_lazy("到哪天结束"),
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=gettext_lazy("最晚半年以后。到了那天，数据就删掉，结果留着。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["views"].choices = [(one.key, f"{one.title}：{one.words}") for one in views().values()]  # type: ignore[attr-defined]


class VerbForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, required=False)


STUDY_ACTIONS: dict[str, Callable[..., Study]] = {
    "approve": actions.approve_study,
    "refuse": actions.refuse_study,
    "end": actions.end_study,
}
QUESTION_ACTIONS: dict[str, Callable[..., StudyQuestion]] = {
    "approve": actions.approve,
    "refuse": actions.refuse,
    "withdraw": actions.withdraw,
}


@signed_in_page
@require_safe
def studies(request: ActorRequest) -> HttpResponse:
    paper = Paginator(queries.studies(request.actor), ON_A_PAGE).get_page(request.GET.get("page"))
    context = page_of(request, "privacy", paper=paper, may_propose=may(request.actor, "analysis.propose"))
    return render(request, "workbench/studies.html", context)


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest) -> HttpResponse:
    require(request.actor, "analysis.propose")
    form = StudyForm(request.POST or None, initial={"ends_on": clock.today() + timedelta(days=90)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                made = actions.propose_study(
                    given["title"], given["why"], given["views"], given["ends_on"], actor=request.actor
                )
            except Refusal as refusal:
                if refusal.closes_the_page:
                    raise
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("提出来了，等负责人同意。"))
                return redirect("workbench:study", made.pk)
    context = page_of(request, "privacy", form=form, answers=int(BUDGET / EPSILON), fewest=FEWEST)
    return render(request, "workbench/study_new.html", context, status=status)


@never_cache
@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def study(request: ActorRequest, study_id: int) -> HttpResponse:
    """The study, its questions, and where the analyst puts one together."""
    made = queries.study_for(request.actor, study_id)
    if request.method != "POST":
        return _page(request, made, request.GET)
    try:
        question = actions.ask(made.pk, _asked(request.POST), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        return _page(request, made, request.POST, wrong=str(refusal), status=refusal.status)
    messages.success(request, _("提出来了，等第二个人同意。"))
    return redirect("workbench:study_question", question.pk)


@signed_in_page
@require_POST
def study_do(request: ActorRequest, study_id: int, verb: str) -> HttpResponse:
    made = queries.study_for(request.actor, study_id)
    return _do(request, made, verb, STUDY_ACTIONS, redirect("workbench:study", made.pk))


@never_cache
@signed_in_page
@require_safe
def question(request: ActorRequest, question_id: int) -> HttpResponse:
    made = queries.question_for(request.actor, question_id)
    shapes = {shape.view: shape for shape in queries.shapes_of(made.study)}
    context = page_of(
        request,
        "privacy",
        made=made,
        study=made.study,
        words=queries.words_of(made, shapes),
        table=queries.table_of(made),
        verbs=queries.question_verbs(made, request.actor),
        mine=made.study.analyst_id == request.actor.account_id,
        fewest=FEWEST,
        may_replay=bool(made.answer is not None and made.study.snapshot),
    )
    return render(request, "workbench/study_question.html", context)


@signed_in_page
@require_POST
def question_do(request: ActorRequest, question_id: int, verb: str) -> HttpResponse:
    made = queries.question_for(request.actor, question_id)
    back = redirect("workbench:study_question", made.pk)
    if verb == "replay":
        try:
            same = actions.replay(made.pk, actor=request.actor)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            if same:
                messages.success(request, _("又算了一遍，一个数字都不差。"))
            else:
                messages.error(request, _("又算了一遍，不一样。请告诉个人信息保护负责人。"))
        return back
    return _do(request, made, verb, QUESTION_ACTIONS, back)


@never_cache
@signed_in_page
@require_POST
def export(request: ActorRequest, question_id: int) -> HttpResponse:
    """The answer as CSV, with who took it and when on every line."""
    made = actions.note_export(queries.question_for(request.actor, question_id).pk, actor=request.actor)
    response = HttpResponse(csv_of(made, actor=request.actor), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="study-{made.study_id}-{made.number}.csv"'
    return response


def _do(
    request: ActorRequest, made: Study | StudyQuestion, verb: str, steps: dict[str, Any], back: HttpResponse
) -> HttpResponse:
    if verb not in steps:
        raise NotFound
    form = VerbForm(request.POST)
    if not form.is_valid():
        return back
    more = {"reason": form.cleaned_data["reason"]} if verb == "refuse" else {}
    try:
        steps[verb](made.pk, version=form.cleaned_data["version"], actor=request.actor, **more)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了。"))
    return back


def _asked(given: QueryDict) -> Question:
    """From the builder's fields: ``view``, ``by`` twice, ``measure``, and ``keep-<column>`` as often as values are ticked."""
    keep = {name.removeprefix("keep-"): tuple(given.getlist(name)) for name in given if name.startswith("keep-")}
    groups = tuple(dict.fromkeys(one for one in given.getlist("by") if one))
    return Question(given.get("view", ""), groups, keep, given.get("measure", ""))


def _page(request: ActorRequest, made: Study, given: QueryDict, *, wrong: str = "", status: int = 200) -> HttpResponse:
    shapes = queries.shapes_of(made)
    by_key = {shape.view: shape for shape in shapes}
    chosen = by_key.get(given.get("view", "")) or (shapes[0] if shapes else None)
    questions = list(queries.questions_of(made))
    context = page_of(
        request,
        "privacy",
        made=made,
        titles=[views()[key].title if key in views() else key for key in made.views],
        verbs=queries.study_verbs(made, request.actor),
        mine=made.analyst_id == request.actor.account_id,
        left=min(queries.left(made), queries.left_this_year()),
        shapes=shapes,
        chosen=chosen,
        builder=_builder(chosen, given) if chosen else None,
        questions=[(one, queries.words_of(one, by_key)) for one in questions],
        may_ask=may(request.actor, "analysis.ask", made) and made.state == StudyState.OPEN,
        preparing=made.state == StudyState.PREPARING,
        wrong=wrong,
        fewest=FEWEST,
    )
    return render(request, "workbench/study.html", context, status=status)


def _builder(shape: Shape, given: QueryDict) -> dict[str, Any]:
    """What the builder shows, with what was chosen so far."""
    asked = _asked(given)
    by = [*asked.group_by, "", ""][:2]
    return {
        "view": shape.view,
        "columns": [(key, shape.titles[key]) for key in shape.columns],
        "by": by,
        "measure": asked.measure,
        "measures": [(key, one.title) for key, one in shape.measures.items()],
        "keep": [
            (
                key,
                shape.titles[key],
                [(value, words, value in asked.keep.get(key, ())) for value, words in values.items()],
            )
            for key, values in shape.columns.items()
        ],
    }
