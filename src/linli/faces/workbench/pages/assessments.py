"""个人信息保护影响评估: the guide in steps, the matrix, and the lead's approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.sensing import TAB, VerbForm, _reason
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.sensing import actions, queries
from linli.foundation.privacy.sensing.guide import HARMS, LEVEL_WORDS, LIKELIHOODS, PAGES, RISK_WORDS
from linli.foundation.privacy.sensing.kinds import kind_of
from linli.foundation.privacy.sensing.models import Assessment, AssessmentState
from linli.foundation.privacy.sensing.printing import report_pdf
from linli.foundation.privacy.sensing.rules.risk import RISKS
from linli.foundation.privacy.sensing.wording import course

FIELDS: dict[str, Callable[[], dict[str, forms.Field]]] = {
    "send_back": _reason(gettext_lazy("要改什么")),
    "call_again": _reason(gettext_lazy("为什么要重新评估"), gettext_lazy("出了事，有了新的风险，或者用法变了。")),
    "confirm": _reason(gettext_lazy("看过什么，为什么不用重做")),
    "end": _reason(gettext_lazy("为什么终止"), gettext_lazy("终止以后，这种设备全部马上停。")),
}
BUTTONS = {
    "approve": gettext_lazy("批准这份评估"),
    "send_back": gettext_lazy("退回去改"),
    "call_again": gettext_lazy("要重新评估"),
    "confirm": gettext_lazy("看过了，不用重新评估"),
    "end": gettext_lazy("终止，停用这种设备"),
    "drop": gettext_lazy("不办了"),
}
ACTIONS: dict[str, Callable[..., Assessment]] = {
    "approve": actions.approve_assessment,
    "send_back": actions.send_assessment_back,
    "call_again": actions.call_again,
    "confirm": actions.confirm,
    "end": actions.end_assessment,
    "drop": actions.drop_assessment,
}


def _choices(words) -> list[tuple[str, Any]]:
    return [("", "—"), *((str(step), label) for step, label in words.items())]


class GuideForm(forms.Form):
    """One page of the guide: its questions, the scope on the first, the matrix on two of them."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, made: Assessment, page: str) -> None:
        super().__init__(data)
        self.made, self.page = made, page
        self.initial["version"] = made.version
        if page == "why":
            self._scope_fields()
        for question in PAGES[page].questions:
            self.fields[question.key] = forms.CharField(
                label=str(question.words), help_text=str(question.hint), required=False, max_length=1000,
                initial=made.answers.get(question.key, ""), widget=forms.Textarea({"rows": 3}),
            )  # fmt: skip
        if page in ("effects", "measures"):
            for key in RISKS:
                self._risk_fields(key)

    def _scope_fields(self) -> None:
        kind = kind_of(self.made.type)
        scope = self.made.weighed
        known = {key: one for key, one in in_force().items() if self.made.type in one.senses | one.observes}
        roles = [role for role in Role if any(role in one.roles for one in known.values())]
        several = forms.CheckboxSelectMultiple

        def boxes(label, choices, initial) -> forms.MultipleChoiceField:
            return forms.MultipleChoiceField(
                label=label, choices=choices, initial=sorted(initial), widget=several, required=False
            )

        self.fields["purposes"] = boxes(
            _("用来做什么"), [(key, one.name) for key, one in known.items()], scope.purposes
        )
        self.fields["stored"] = boxes(_("留下什么"), list(kind.metrics.items()) if kind else [], scope.stored)
        self.fields["viewers"] = boxes(_("谁能看"), [(one.value, one.label) for one in roles], scope.viewers)
        self.fields["keep_days"] = forms.IntegerField(
            label=_("最多留几天"), min_value=1, max_value=3660, initial=scope.keep_days or 30
        )
        where = [("inside_homes", _("家里")), ("shared_places", _("公共地方"))]
        if kind is not None and kind.sees:
            where = where[1:]
        self.fields["where"] = boxes(_("装在哪里"), where, [key for key, _label in where if getattr(scope, key)])
        if kind is not None and kind.opens:
            self.fields["face"] = forms.BooleanField(label=_("会认脸"), required=False, initial=scope.face)

    def _risk_fields(self, key: str) -> None:
        row = self.made.risks.get(key, {})
        suffix = "_after" if self.page == "measures" else ""
        if suffix:
            self.fields[f"{key}-measure"] = forms.CharField(
                label=_("怎么办"), required=False, max_length=1000, initial=row.get("measure", ""),
                widget=forms.Textarea({"rows": 2}),
            )  # fmt: skip
        for name, words, label in (
            ("likelihood", LIKELIHOODS, _("以后可能吗") if suffix else _("可能吗")),
            ("harm", HARMS, _("以后多严重") if suffix else _("多严重")),
        ):
            self.fields[f"{key}-{name}{suffix}"] = forms.ChoiceField(
                label=label, choices=_choices(words), required=False, initial=str(row.get(f"{name}{suffix}", ""))
            )

    def risks(self) -> list[dict]:
        """The risks with their fields and how each stands, for the template."""
        rated = self.made.rated
        return [
            {
                "key": key,
                "words": RISK_WORDS[key],
                "fields": [self[name] for name in self.fields if name.startswith(f"{key}-")],
                "before": LEVEL_WORDS[rated[key].before] if key in rated else "",
            }
            for key in RISKS
            if any(name.startswith(f"{key}-") for name in self.fields)
        ]

    def plain_fields(self) -> list:
        return [one for one in self.visible_fields() if "-" not in one.name]

    def given(self) -> dict[str, Any]:
        """What :func:`actions.fill` takes."""
        said = self.cleaned_data
        given: dict[str, Any] = {one.key: said[one.key] for one in PAGES[self.page].questions}
        if self.page == "why":
            where = said["where"]
            given["scope"] = {
                "purposes": said["purposes"], "stored": said["stored"], "viewers": said["viewers"],
                "keep_days": said["keep_days"], "inside_homes": "inside_homes" in where,
                "shared_places": "shared_places" in where, "face": said.get("face", False),
            }  # fmt: skip
        if self.page in ("effects", "measures"):
            given["risks"] = {
                key: rated
                for key in RISKS
                if (rated := {n.partition("-")[2]: v for n, v in said.items() if n.startswith(f"{key}-") and v})
            }
        return given


@signed_in_page
@require_POST
def start(request: ActorRequest, kind: str) -> HttpResponse:
    """Begin one of this kind, or go on with the unfinished one."""
    if kind_of(kind) is None:
        raise NotFound
    made = actions.open_assessment(kind, actor=request.actor)
    if made.state != AssessmentState.DRAFT:
        return redirect("workbench:assessment", made.pk)
    return redirect("workbench:assess", made.pk, "why")


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def guide(request: ActorRequest, assessment_id: int, page: str) -> HttpResponse:
    """One page of the guide; the last one proposes."""
    _may_assess(request)
    made = queries.assessment_for(request.actor, assessment_id)
    if page not in PAGES:
        raise NotFound
    if made.state != AssessmentState.DRAFT:
        return redirect("workbench:assessment", made.pk)
    form = GuideForm(request.POST or None, made=made, page=page)
    if request.method == "POST" and form.is_valid():
        try:
            if page == "check":
                actions.propose_assessment(made.pk, version=form.cleaned_data["version"], actor=request.actor)
                messages.success(request, _("交上去了，等个人信息保护负责人批准。"))
                return redirect("workbench:assessment", made.pk)
            actions.fill(made.pk, page, form.given(), version=form.cleaned_data["version"], actor=request.actor)
        except Invalid as refusal:
            return _incomplete(request, made, form, refusal)
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            form.add_error(None, str(refusal))
        else:
            return redirect("workbench:assess", made.pk, _after(page))
    return _guide(request, made, form, 422 if form.errors else 200)


@signed_in_page
@require_safe
def assessment(request: ActorRequest, assessment_id: int) -> HttpResponse:
    _may_see(request)
    return _page(request, queries.assessment_for(request.actor, assessment_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, assessment_id: int, verb: str) -> HttpResponse:
    _may_see(request)
    made = queries.assessment_for(request.actor, assessment_id)
    if verb == "redo":
        return redirect("workbench:assess", actions.redo(made.pk, actor=request.actor).pk, "why")
    if verb not in ACTIONS:
        raise NotFound
    form = _verb_form(made, verb, request.POST)
    if not form.is_valid():
        return _page(request, made, wrong=form, status=422)
    try:
        ACTIONS[verb](made.pk, actor=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, made, wrong=form, status=refusal.status)
    messages.success(request, _("记下了。"))
    return redirect("workbench:assessment", made.pk)


@signed_in_page
@require_safe
def report(request: ActorRequest, assessment_id: int) -> HttpResponse:
    _may_see(request)
    made = queries.assessment_for(request.actor, assessment_id)
    response = HttpResponse(report_pdf(made, who=request.actor.name), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{made.number}.pdf"'
    return response


def _may_see(request: ActorRequest) -> None:
    if not may(request.actor, "sensing.see_pages"):
        raise NotAllowed


def _may_assess(request: ActorRequest) -> None:
    if not may(request.actor, "sensing.assess"):
        raise NotAllowed


def _after(page: str) -> str:
    keys = list(PAGES)
    return keys[min(keys.index(page) + 1, len(keys) - 1)]


def _incomplete(request: ActorRequest, made: Assessment, form: GuideForm, refusal: Invalid) -> HttpResponse:
    """Say what is missing beside the question, on the page where it is asked."""
    wanted = str(refusal.details.get("page", form.page))
    if wanted != form.page:
        messages.warning(request, f"{_asked(wanted, refusal.field or '')}{refusal}")
        return redirect("workbench:assess", made.pk, wanted)
    field = refusal.field or ""
    if field.startswith("risk-"):
        risk = field.removeprefix("risk-")
        field = next((name for name in form.fields if name.startswith(f"{risk}-")), "")
    form.add_error(field if field in form.fields else None, str(refusal))
    return _guide(request, made, form, 422)


def _asked(page: str, field: str) -> str:
    """The question or the risk that is open, before the sentence that says what is missing."""
    words = next((str(one.words) for one in PAGES[page].questions if one.key == field), "")
    words = words or str(RISK_WORDS.get(field.removeprefix("risk-"), ""))
    return f"{words} " if words else ""


def _guide(request: ActorRequest, made: Assessment, form: GuideForm, status: int) -> HttpResponse:
    keys = list(PAGES)
    context = page_of(
        request,
        TAB,
        made=made,
        form=form,
        page=PAGES[form.page],
        pages=list(PAGES.values()),
        at=keys.index(form.page) + 1,
        before=keys[keys.index(form.page) - 1] if keys.index(form.page) else "",
        kind=queries.kind_words(made.type),
        **(_read(made) if form.page == "check" else {}),
    )
    return render(request, "workbench/assess.html", context, status=status)


def _read(made: Assessment) -> dict[str, Any]:
    """The assessment as it is read."""
    kind, scope, known = kind_of(made.type), made.weighed, in_force()
    labels = dict(kind.metrics) if kind is not None else {}
    places = [_("家里")] * scope.inside_homes + [_("公共地方")] * scope.shared_places
    facts = [
        (_("用来做什么"), "、".join(str(known[key].name) if key in known else key for key in sorted(scope.purposes))),
        (_("留下什么"), "、".join(str(labels.get(one, one)) for one in sorted(scope.stored))),
        (_("留多久"), _("最多 %(n)d 天") % {"n": scope.keep_days}),
        (_("谁能看"), "、".join(queries.viewer_words(sorted(scope.viewers)))),
        (_("装在哪里"), "、".join(places)),
        (_("认脸"), _("会") if scope.face else _("不会")),
    ]
    return {
        "facts": facts,
        "answered": [
            (page, [(one.words, made.answers.get(one.key, "")) for one in page.questions])
            for page in PAGES.values()
            if page.questions
        ],
        "matrix": [
            (RISK_WORDS[key], one, LEVEL_WORDS[one.before], LEVEL_WORDS[one.after]) for key, one in made.rated.items()
        ],
        "worst": LEVEL_WORDS[made.worst],
    }


def _verb_form(made: Assessment, verb: str, data=None) -> VerbForm:
    fields = FIELDS[verb]() if verb in FIELDS else {}
    return VerbForm(data, version=made.version, verb=verb, fields=fields, label=str(BUTTONS[verb]))


def _page(request: ActorRequest, made: Assessment, *, wrong: VerbForm | None = None, status: int = 200) -> HttpResponse:
    allowed = queries.allowed_verbs(made, request.actor)
    verbs = [verb for verb in allowed if verb in ACTIONS]
    forms_ = [wrong if wrong is not None and wrong.verb == verb else _verb_form(made, verb) for verb in verbs]
    first = "approve" if "approve" in verbs else ""
    context = page_of(
        request,
        TAB,
        made=made,
        kind=queries.kind_words(made.type),
        steps=course(made.steps.all()),
        forms=sorted(forms_, key=lambda form: form.verb != first),
        first=first,
        wrong=wrong.verb if wrong is not None else "",
        may_fill="fill" in allowed,
        may_redo="redo" in allowed,
        successor=made.successors.exclude(state=AssessmentState.DROPPED).order_by("-pk").first(),
        covers=made.declarations.filter(state="in_force").count(),
        **_read(made),
    )
    return render(request, "workbench/assessment.html", context, status=status)
