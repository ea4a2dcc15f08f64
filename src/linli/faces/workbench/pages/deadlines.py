"""时限: what holds now, by which document, and the version that is being written for a later day."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.actions.deadline_rules import (
    drop_version,
    remove_limit,
    start_version,
    write_limit,
    write_marks,
)
from linli.act.casework.deadlines import STEPS, rules_on
from linli.act.casework.models import DeadlineVersion, Law, Level
from linli.act.casework.wording import STEPS as STEP_NAMES
from linli.faces.workbench.access import community_page, director_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.dispatching import ANY, category_choices
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.lifecycle.working_time import Mode, Unit
from linli.understand.triage.taxonomy import category

UNITS = {
    Unit.CALENDAR_MINUTES: gettext_lazy("分钟"),
    Unit.CALENDAR_HOURS: gettext_lazy("小时"),
    Unit.CALENDAR_DAYS: gettext_lazy("天"),
    Unit.WORKING_HOURS: gettext_lazy("个工作小时"),
    Unit.WORKING_DAYS: gettext_lazy("个工作日"),
}


class VersionForm(forms.Form):
    valid_from = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("那天以后收到的事按新的算，已经在办的不变。"),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("依据"), max_length=200, help_text=gettext_lazy("哪个文件、哪次会。事件页上写给人看。"),
        error_messages={"required": gettext_lazy("请写依据，比如哪个文件、哪次会。")},
    )  # fmt: skip


class LimitForm(forms.Form):
    level = forms.ChoiceField(
        label=gettext_lazy("缓急"), choices=[(value, f"{value} {name}") for value, name in Level.choices]
    )
    category = forms.ChoiceField(label=gettext_lazy("只对哪一类"), required=False)
    step = forms.ChoiceField(label=gettext_lazy("哪一步"), choices=[(step, STEP_NAMES[step]) for step in STEPS])
    amount = forms.IntegerField(label=gettext_lazy("多久"), min_value=1, max_value=1000)
    unit = forms.ChoiceField(label=gettext_lazy("单位"), choices=[(unit.value, name) for unit, name in UNITS.items()])
    mode = forms.ChoiceField(
        label=gettext_lazy("工作日怎么数"), required=False,
        choices=[(Mode.DAY.value, gettext_lazy("从第二天数，到最后一天 24 点")), (Mode.HOURS.value, gettext_lazy("按上班钟点数"))],
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["category"]).choices = [("", str(ANY)), *category_choices()]


class MarksForm(forms.Form):
    warn_1 = forms.IntegerField(label=gettext_lazy("第一次提醒（%）"), min_value=1, max_value=99)
    warn_2 = forms.IntegerField(label=gettext_lazy("第二次提醒（%）"), min_value=1, max_value=99)
    ladder_1 = forms.IntegerField(label=gettext_lazy("报网格长（%）"), min_value=100, max_value=1000)
    ladder_2 = forms.IntegerField(label=gettext_lazy("报社区主任（%）"), min_value=100, max_value=1000)
    ladder_3 = forms.IntegerField(label=gettext_lazy("报街道（%）"), min_value=100, max_value=1000)


@community_page
@require_safe
def deadlines(request: ActorRequest) -> HttpResponse:
    return _page(request)


@director_page
@require_POST
def start(request: ActorRequest) -> HttpResponse:
    form = VersionForm(request.POST)
    if form.is_valid():
        try:
            version = start_version(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            refusal.beside(form)
        else:
            return redirect("workbench:deadline_version", version.pk)
    return _page(request, form=form, status=422)


@director_page
@require_http_methods(["GET", "HEAD", "POST"])
def version(request: ActorRequest, version_id: int) -> HttpResponse:
    """One version: read when it holds, written before; ``what`` of a POST says which of its forms was sent."""
    found = DeadlineVersion.objects.visible_to(request.actor).filter(pk=version_id).first()
    if found is None:
        raise NotFound
    marks = {"warn_1": round(found.warn_at[0] * 100), "warn_2": round(found.warn_at[1] * 100)} | {
        f"ladder_{n}": round(at * 100) for n, (at, _role) in enumerate(found.escalate, 1)
    }
    limit_form, marks_form, status = LimitForm(), MarksForm(initial=marks), 200
    if request.method == "POST":
        what = request.POST.get("what", "limit")
        if what == "marks":
            marks_form = MarksForm(request.POST)
        if what == "limit":
            limit_form = LimitForm(request.POST)
        form: forms.Form = limit_form if what == "limit" else marks_form
        status = 422
        try:
            if what == "remove":
                remove_limit(int(request.POST.get("limit_id") or 0), actor=request.actor)
            elif what == "drop":
                drop_version(version_id, actor=request.actor)
                messages.success(request, _("这一版不要了。"))
                return redirect("workbench:deadlines")
            elif form.is_valid() and what == "marks":
                given = form.cleaned_data
                write_marks(
                    version_id, warn=(given["warn_1"], given["warn_2"]),
                    ladder=(given["ladder_1"], given["ladder_2"], given["ladder_3"]), actor=request.actor,
                )  # fmt: skip
            elif form.is_valid():
                write_limit(version_id, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            if what not in {"limit", "marks"}:
                raise
            refusal.beside(form)
            status = refusal.status
        else:
            if what == "remove" or form.is_valid():
                messages.success(request, _("改好了。"))
                return redirect("workbench:deadline_version", version_id)
    rows = [_row(limit) for limit in found.limits.all()]
    context = page_of(
        request, "cases", version=found, rows=rows, limit_form=limit_form, marks_form=marks_form,
        to_write=found.valid_from > clock.today(),
    )  # fmt: skip
    return render(request, "workbench/deadline_version.html", context, status=status)


def _page(request: ActorRequest, form: VersionForm | None = None, status: int = 200) -> HttpResponse:
    now = rules_on(clock.today())
    language = get_language() or "zh-hans"
    levels = [(f"{level} {name}", [said(now.limit(level, step)) for step in STEPS]) for level, name in Level.choices]
    special = [
        (f"{level} · {category(code).path(language)}", STEP_NAMES[step], said(limit))
        for code, level, step, limit in now.special
    ]
    laws = [
        (law.label, [said(now.limit("", step, law=law)) for step in STEPS], _in_words(now.source(law=law)))
        for law in Law
    ]
    marks = [(round(mark.at * 100), mark.escalate_to) for mark in now.base.marks]
    context = page_of(
        request, "cases", now=now.base, source=_in_words(now.base.source), levels=levels, special=special, laws=laws, marks=marks, form=form or VersionForm(),
        versions=DeadlineVersion.objects.visible_to(request.actor).select_related("made_by").order_by("-valid_from"),
        today=clock.today(),
    )  # fmt: skip
    return render(request, "workbench/deadlines.html", context, status=status)


def _in_words(source: str) -> str:
    """The source of shipped rules in the reader's language; what a community wrote stays as it is."""
    return gettext(source)


def said(limit) -> str:
    """``5 个工作日``, ``30 分钟``."""
    return f"{limit.amount} {UNITS[Unit(limit.unit)]}"


def _row(limit) -> dict:
    language = get_language() or "zh-hans"
    return {
        "limit": limit,
        "level": f"{limit.level} {Level(limit.level).label}",
        "category": category(limit.category).path(language) if limit.category else "",
        "step": STEP_NAMES[limit.step],
        "said": said(limit),
    }
