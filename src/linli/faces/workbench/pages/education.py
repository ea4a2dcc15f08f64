"""Lessons for staff, and how far lessons and practice have come in the neighbourhood."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.lessons import ask, first_open, judge
from linli.faces.workbench.access import signed_in_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.errors import Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.education import queries
from linli.foundation.privacy.education.actions import record_class, start_drill
from linli.foundation.privacy.education.lessons import lesson_for, lessons_for
from linli.foundation.privacy.education.scenarios import all_scenarios
from linli.foundation.registry.models import Grid

AUDIENCE = "staff"

card(
    "lessons",
    gettext_lazy("信息保护课"),
    gettext_lazy("工作人员的三堂课，每堂五道小题。"),
    icon="lightbulb",
    url="workbench:lessons",
    may_open=lambda actor: actor.is_staff,
    order=80,
)
card(
    "education",
    gettext_lazy("信息保护教育"),
    gettext_lazy("居民学到哪里了，记讲课，发演练短信。"),
    icon="megaphone",
    url="workbench:education",
    may_open=lambda actor: may(actor, "education.oversee"),
    order=81,
)


class ClassForm(forms.Form):
    lesson = forms.ChoiceField(label=gettext_lazy("讲了哪一课"))
    grid = forms.ModelChoiceField(label=gettext_lazy("哪个网格"), queryset=None, empty_label=None)
    attended = forms.IntegerField(label=gettext_lazy("来了几个人"), min_value=1, max_value=500)
    held_on = forms.DateField(label=gettext_lazy("哪一天"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        lesson, grid = self.fields["lesson"], self.fields["grid"]
        assert isinstance(lesson, forms.ChoiceField) and isinstance(grid, forms.ModelChoiceField)
        lesson.choices = [(one.key, str(one.title)) for one in lessons_for("residents")]
        grid.queryset = Grid.objects.order_by("number")


@staff_page
@require_safe
def lessons(request: ActorRequest) -> HttpResponse:
    context = page_of(request, "lessons", lessons=lessons_for(AUDIENCE), done=queries.done_by(request.actor))
    return render(request, "workbench/lessons.html", context)


@staff_page
@require_safe
def lesson(request: ActorRequest, key: str) -> HttpResponse:
    chosen = lesson_for(AUDIENCE, key)
    done = chosen.key in queries.done_by(request.actor)
    context = page_of(request, "lessons", lesson=chosen, done=done, start=first_open(request, chosen))
    return render(request, "workbench/lesson.html", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: ActorRequest, key: str, number: int) -> HttpResponse:
    asked = ask(request, lesson_for(AUDIENCE, key), number)
    context = page_of(request, "lessons", asked=asked, done=asked.lesson.key in queries.done_by(request.actor))
    return render(request, "workbench/question.html", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def suspicious(request: ActorRequest) -> HttpResponse:
    judged = judge(request.POST.get("words", "")) if request.method == "POST" else None
    empty = request.method == "POST" and judged is None
    return render(request, "workbench/suspicious.html", page_of(request, "lessons", judged=judged, empty=empty))


@signed_in_page
@require_safe
def education(request: ActorRequest) -> HttpResponse:
    return _overview(request, ClassForm(initial={"held_on": clock.today()}))


@signed_in_page
@require_POST
def hold_class(request: ActorRequest) -> HttpResponse:
    form = ClassForm(request.POST)
    if not form.is_valid():
        return _overview(request, form, status=422)
    given = form.cleaned_data
    try:
        record_class(given["lesson"], given["grid"].pk, given["attended"], given["held_on"], actor=request.actor)
    except Refusal as refusal:
        if not refusal.field:
            raise
        form.add_error(refusal.field, str(refusal))
        return _overview(request, form, status=refusal.status)
    messages.success(request, _("记下了，谢谢您去讲课。"))
    return redirect("workbench:education")


@signed_in_page
@require_POST
def drill(request: ActorRequest) -> HttpResponse:
    try:
        started = start_drill(request.POST.get("scenario", ""), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal) or _("没有这条演练短信。"))
    else:
        messages.success(
            request, _("演练短信发出了，共 %(n)s 条。谁收到哪一条，系统不留。") % {"n": started.messages.count()}
        )
    return redirect("workbench:education")


def _overview(request: ActorRequest, form: ClassForm, status: int = 200) -> HttpResponse:
    actor = request.actor
    context = page_of(
        request,
        "privacy",
        reach=queries.reach(actor),
        drills=queries.drills(actor),
        scenarios=all_scenarios().values(),
        may_drill=may(actor, "education.start_drill"),
        may_hold=may(actor, "education.record_class"),
        form=form,
        staff_lessons=lessons_for(AUDIENCE),
    )
    return render(request, "workbench/education.html", context, status=status)
