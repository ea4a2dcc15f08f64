"""居民的要求: requests about one's own information, answered by the data-protection lead or the worker they name."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.reveal import seeable
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.errors import NotAllowed, NotFound, Refusal
from linli.foundation.lifecycle.deadlines import rules_of
from linli.foundation.lifecycle.explaining import explain, moment
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.naming import decisions_about, explanation_of
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.rights import actions, deadline, wording
from linli.foundation.privacy.rights.actions.asking import RELATIVES_MAY, Asked
from linli.foundation.privacy.rights.fields import CORRECTABLE
from linli.foundation.privacy.rights.models import Channel, CopyHandout, CopyState, Kind, RefusalReason, RightsRequest
from linli.foundation.privacy.rights.queries import allowed_verbs, may_own, request_for, requests_of, standing
from linli.foundation.registry.models import Resident
from linli.foundation.registry.queries import search

ON_A_PAGE = 30
FOUND_AT_MOST = 8
CHANNELS = (Channel.DESK, Channel.PHONE, Channel.DOOR, Channel.PAPER)

card(
    "rights",
    gettext_lazy("居民的要求"),
    gettext_lazy("要一份、要改、要删、要解释、不同意。十五个工作日内答复。"),
    icon="inbox",
    url="workbench:rights",
    may_open=lambda actor: actor.is_staff or may(actor, "rights.see_pages"),
    order=10,
)


class NewForm(forms.Form):
    """What a resident says at the desk, at the door or by telephone."""

    client_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=gettext_lazy("怎么来的"), choices=[(one.value, one.label) for one in CHANNELS], initial=Channel.DESK
    )
    resident = forms.ModelChoiceField(
        label=gettext_lazy("谁"),
        queryset=None,
        widget=forms.HiddenInput,
        error_messages={"required": gettext_lazy("先查到这个人。")},
    )
    relative = forms.BooleanField(label=gettext_lazy("本人过世了，近亲属来提"), required=False)
    evidence = forms.CharField(
        label=gettext_lazy("怎么核对的"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("看了身份证、回拨了登记的电话；近亲属写哪几张纸。不抄证件号码。"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("要办哪一件"), choices=Kind.choices)
    field = forms.ChoiceField(label=gettext_lazy("哪一项记错了"), required=False)
    wanted = forms.CharField(label=gettext_lazy("对的是什么"), required=False, max_length=200)
    purpose = forms.ChoiceField(label=gettext_lazy("不同意哪一种用法"), required=False)
    words = forms.CharField(
        label=gettext_lazy("原话"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, actor: Actor, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["resident"]).queryset = Resident.objects.visible_to(actor)
        nothing = ("", _("用不着选"))
        cast(forms.ChoiceField, self.fields["field"]).choices = [nothing, *CORRECTABLE.items()]
        cast(forms.ChoiceField, self.fields["purpose"]).choices = [
            nothing, *((one.key, wording.purpose_title(one)) for one in in_force().values()),
        ]  # fmt: skip
        self.initial.setdefault("client_key", uuid.uuid4().hex)


def _text(label, *, required: bool = True, initial: str = "", help_text="") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=2000,
        initial=initial,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("还没有写。写一句就行。")},
    )


def _owner(made: RightsRequest) -> dict[str, forms.Field]:
    people = [(one.pk, one.display_name) for one in may_own().exclude(pk=made.owner_id or 0)]
    return {"account_id": forms.TypedChoiceField(label=_("交给谁办"), choices=people, coerce=int)}


def _right_value(made: RightsRequest) -> dict[str, forms.Field]:
    return {
        "value": forms.CharField(
            label=_("改成"),
            max_length=200,
            required=False,
            help_text=_("不填就按居民说的改。核对过证件或回拨过电话再改。"),
        ),
        "text": _text(_("告诉居民"), required=False),
    }


def _explained(made: RightsRequest) -> str:
    return explanation_of(made.about, made.resident) if made.about and made.resident is not None else ""


def _answered(made: RightsRequest) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "text": _text(_("告诉居民"), initial=_explained(made), help_text=_("用大白话写，居民看得到。"))
    }
    if made.about.startswith("access_record:"):
        fields["read_was_wrong"] = forms.BooleanField(label=_("这次看得没有道理，记下来"), required=False)
    return fields


def _why_not(made: RightsRequest) -> dict[str, forms.Field]:
    return {
        "refusal": forms.ChoiceField(label=_("为什么不能办"), choices=RefusalReason.choices, widget=forms.RadioSelect),
        "reason": _text(_("给居民讲明白"), help_text=_("居民会看到这句话，还有到哪里投诉。")),
    }


FIELDS: dict[str, Callable[[RightsRequest], dict[str, forms.Field]]] = {
    "take": lambda made: {},
    "assign": _owner,
    "check_identity": lambda made: {
        "evidence": forms.CharField(label=_("看了什么证件"), max_length=200, help_text=_("写种类，不抄号码。"))
    },
    "extend": lambda made: {"reason": _text(_("为什么要多等"), help_text=_("只能延一次，居民看得到这句话。"))},
    "correct": _right_value,
    "erase": lambda made: {
        "text": _text(_("告诉居民"), required=False),
        "sure": forms.BooleanField(label=_("查过了，没有要留的；删了找不回来")),
    },
    "suspend": lambda made: {"text": _text(_("告诉居民"), required=False)},
    "answer": _answered,
    "refuse": _why_not,
}
BUTTONS = {
    "take": gettext_lazy("我来办"),
    "assign": gettext_lazy("交给专人办"),
    "check_identity": gettext_lazy("看过证件了"),
    "extend": gettext_lazy("延长一次"),
    "correct": gettext_lazy("改名册"),
    "erase": gettext_lazy("删掉这个人的信息"),
    "suspend": gettext_lazy("停掉这种用法"),
    "answer": gettext_lazy("答复居民"),
    "refuse": gettext_lazy("不能办"),
}
ACTIONS: dict[str, Callable[..., RightsRequest]] = {
    "take": actions.take,
    "assign": actions.assign,
    "check_identity": actions.check_identity,
    "extend": actions.extend,
    "correct": actions.correct,
    "erase": actions.erase,
    "suspend": actions.suspend,
    "answer": actions.answer,
    "refuse": actions.refuse,
}
FIRST = ("take", "correct", "suspend", "erase", "answer")
"""Which of the allowed verbs is the primary one."""


class VerbForm(forms.Form):
    """The fields of one verb, and the version of the request that was on the screen."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, made: RightsRequest, verb: str) -> None:
        super().__init__(data, auto_id=f"id_{verb}_%s")
        self.verb, self.label = verb, BUTTONS[verb]
        self.initial["version"] = made.version
        self.fields.update(FIELDS[verb](made))


@signed_in_page
@require_safe
def rights(request: ActorRequest) -> HttpResponse:
    _may_see(request.actor)
    shown = request.GET.get("show", "open")
    rows = requests_of(request.actor, open_only=shown == "open").exclude(resident__in=request.actor.resident_ids)
    kind = request.GET.get("kind", "")
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    now = clock.now()
    paper = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = page_of(
        request,
        "privacy",
        rows=[standing(one, now) for one in paper.object_list],
        paper=paper,
        shown=shown,
        kind=kind,
        kinds=Kind.choices,
        may_write_down=request.actor.is_staff,
    )
    return render(request, "workbench/rights.html", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest) -> HttpResponse:
    """Write down what somebody without a telephone asks."""
    if request.method != "POST":
        return _asking(request, NewForm(actor=request.actor))
    form = NewForm(request.POST, actor=request.actor)
    if request.POST.get("look_up"):
        form.errors.clear()
        return _asking(request, form)
    if not form.is_valid():
        return _asking(request, form, status=422)
    given = form.cleaned_data
    asked = Asked(given["kind"], given["words"], given["field"], given["wanted"], "", given["purpose"])
    try:
        made = actions.ask_for(
            given["resident"],
            asked,
            channel=given["channel"],
            evidence=given["evidence"],
            relative=given["relative"],
            client_key=given["client_key"],
            actor=request.actor,
        )
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _asking(request, form, status=refusal.status)
    messages.success(request, _("登记好了，编号 %(number)s。请报给对方。") % {"number": made.number})
    return redirect("workbench:right", made.pk)


@signed_in_page
@require_safe
def people(request: ActorRequest) -> HttpResponse:
    """Who it may be, masked."""
    if not request.actor.is_staff:
        raise NotAllowed
    return render(request, "workbench/_rights_people.html", _found(request, request.GET.get("q", "")))


@never_cache
@signed_in_page
@require_safe
def right(request: ActorRequest, rights_id: int) -> HttpResponse:
    return _page(request, _load(request, rights_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, rights_id: int, verb: str) -> HttpResponse:
    made = _load(request, rights_id)
    if verb not in ACTIONS:
        raise NotFound
    form = VerbForm(request.POST, made=made, verb=verb)
    if not form.is_valid():
        return _page(request, made, wrong=form, status=422)
    given: dict[str, Any] = dict(form.cleaned_data)
    given.pop("sure", None)
    try:
        ACTIONS[verb](made.pk, actor=request.actor, **given)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, made, wrong=form, status=refusal.status)
    messages.success(request, _("记下了，居民看得到。"))
    return redirect("workbench:right", made.pk)


@never_cache
@signed_in_page
@require_POST
def print_copy(request: ActorRequest, rights_id: int) -> HttpResponse:
    """The pages for somebody without a telephone, once their paper was seen; each printing is on record."""
    made = _load(request, rights_id)
    try:
        data = actions.hand_out(made.pk, CopyHandout.How.PRINT, actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
        return redirect("workbench:right", made.pk)
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{made.number}.pdf"'
    return response


def _may_see(actor: Actor) -> None:
    if not (actor.is_staff or may(actor, "rights.see_pages")):
        raise NotAllowed


def _load(request: ActorRequest, rights_id: int) -> RightsRequest:
    _may_see(request.actor)
    made = request_for(request.actor, rights_id)
    if made.resident_id in request.actor.resident_ids and not allowed_verbs(made, request.actor):
        raise NotFound
    return made


def _page(
    request: ActorRequest, made: RightsRequest, *, wrong: VerbForm | None = None, status: int = 200
) -> HttpResponse:
    verbs = [verb for verb in allowed_verbs(made, request.actor) if verb in ACTIONS]
    forms_ = [wrong if wrong is not None and wrong.verb == verb else VerbForm(made=made, verb=verb) for verb in verbs]
    first = next((verb for verb in FIRST if verb in verbs), "")
    copied = getattr(made, "copy", None)
    ready = copied is not None and copied.state == CopyState.READY and copied.expires_at > clock.now()
    context = page_of(
        request,
        "privacy",
        made=made,
        stands=standing(made, clock.now()),
        due=moment(made.due_at),
        reckoned=explain(deadline.due(rules_of(made.rules_version), made.opened_at)),
        words=wording.asked_words(made),
        entries=wording.entries_of(made),
        forms=sorted(forms_, key=lambda form: form.verb != first),
        first=first,
        seeable=seeable("rights_request", request.actor) if made.resident and not made.is_over else [],
        about=f"rights:{made.pk}",
        wrong=wrong.verb if wrong is not None else "",
        copied=copied,
        ready=ready,
        may_print=ready and made.identity_how == "paper",
        handouts=copied.handouts.all() if copied is not None else (),
        decisions=dict(decisions_about(made.resident)) if made.kind == Kind.EXPLANATION and made.resident else {},
    )
    return render(request, "workbench/right.html", context, status=status)


def _found(request: ActorRequest, words: str) -> dict:
    words = words.strip()[:80]
    found = search(request.actor, words).residents if words else []
    today = clock.today()
    return {"q": words, "people": [(person, person.age_on(today)) for person in found[:FOUND_AT_MOST]]}


def _asking(request: ActorRequest, form: NewForm, *, status: int = 200) -> HttpResponse:
    context = page_of(
        request,
        "privacy",
        form=form,
        chosen=form.data.get("resident", "") if form.is_bound else "",
        relatives_may=[kind.label for kind in Kind if kind in RELATIVES_MAY],
        **_found(request, form.data.get("q", "") if form.is_bound else ""),
    )
    return render(request, "workbench/rights_new.html", context, status=status)
