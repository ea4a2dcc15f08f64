"""Using one's rights: ask, see how far it is, get the copy after a fresh code."""

from __future__ import annotations

import uuid
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.portal.access import SpeakingRequest, resident_page, whose_information
from linli.faces.portal.pages.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts import sign_in
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.lifecycle.deadlines import rules_of
from linli.foundation.lifecycle.explaining import explain, moment
from linli.foundation.privacy.door import masked, own
from linli.foundation.privacy.looking import looks_of, told
from linli.foundation.privacy.naming import decisions_about, explanation_of
from linli.foundation.privacy.proxy_reading import note_reading
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.rights import actions, deadline, wording
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.fields import CORRECTABLE
from linli.foundation.privacy.rights.models import CopyHandout, CopyState, Kind, RightsRequest
from linli.foundation.privacy.rights.queries import request_for, requests_of

CHECKED_AT = "identity_checked_at"
"""Session key: when a fresh code was last shown, as a timestamp of real time."""

CHECK_LASTS = 600
"""Seconds for which a code shown counts as fresh."""

ICONS = {
    Kind.COPY: "download",
    Kind.CORRECTION: "pencil",
    Kind.EXPLANATION: "circle-help",
    Kind.OBJECTION: "triangle-alert",
    Kind.DELETION: "trash-2",
}


class AskForm(forms.Form):
    """The fields of one kind only; what they may hold is checked by the action."""

    client_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    field = forms.ChoiceField(label=gettext_lazy("哪一项记错了？"), required=False)
    wanted = forms.CharField(
        label=gettext_lazy("对的是什么？"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    about = forms.ChoiceField(label=gettext_lazy("哪一件没讲明白？"), required=False)
    purpose = forms.ChoiceField(label=gettext_lazy("不同意哪一种用法？"), required=False)
    words = forms.CharField(
        label=gettext_lazy("想说的话"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    KEPT = {
        Kind.COPY: (),
        Kind.CORRECTION: ("field", "wanted", "words"),
        Kind.DELETION: ("words",),
        Kind.EXPLANATION: ("about", "words"),
        Kind.OBJECTION: ("purpose", "words"),
    }

    def __init__(self, *args, kind: str, resident, look: int | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        kept = set(self.KEPT[Kind(kind)]) | {"client_key"}
        if look is not None:
            kept.discard("purpose")
            self.fields["words"].label = _("哪里觉得不对？")
        for name in set(self.fields) - kept:
            del self.fields[name]
        for name, choices in self._choices(resident).items():
            if name in self.fields:
                cast(forms.ChoiceField, self.fields[name]).choices = choices
        self.initial.setdefault("client_key", uuid.uuid4().hex)

    def _choices(self, resident) -> dict[str, list]:
        nothing = ("", _("请选择"))
        return {
            "field": [nothing, *CORRECTABLE.items()],
            "about": [("", _("都不是，写在下面")), *decisions_about(resident)] if "about" in self.fields else [],
            "purpose": [
                ("", _("都不是，写在下面")),
                *((p.key, wording.purpose_title(p)) for p in in_force().values()),
            ],
        }


@resident_page
@require_safe
def rights(request: SpeakingRequest) -> HttpResponse:
    resident = whose_information(request)
    made = requests_of(request.actor, resident_id=resident.pk)[:50]
    doors = [(kind.value, kind.label, wording.KIND_WORDS[kind], ICONS[kind]) for kind in Kind]
    return render(request, "portal/rights.html", page_of(request, "me", doors=doors, made=made))


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SpeakingRequest, kind: str) -> HttpResponse:
    if kind not in Kind.values:
        raise NotFound
    resident = whose_information(request)
    look = _look_of(request, resident)
    form = AskForm(request.POST or None, kind=kind, resident=resident, look=look.pk if look else None)
    if request.method != "POST":
        return _asking(request, form, kind, look)
    if not form.is_valid():
        return _asking(request, form, kind, look, status=422)
    told_by = form.cleaned_data
    asked = Asked(
        kind=kind,
        words=told_by.get("words", ""),
        field=told_by.get("field", ""),
        wanted=told_by.get("wanted", ""),
        about=f"access_record:{look.pk}" if look else told_by.get("about", ""),
        purpose=told_by.get("purpose", ""),
    )
    try:
        made = actions.ask(resident, asked, client_key=told_by["client_key"], actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _asking(request, form, kind, look, status=refusal.status)
    messages.success(request, _("收到了，编号 %(number)s。") % {"number": made.number})
    return redirect("portal:right", made.pk)


@never_cache
@resident_page
@require_safe
def right(request: SpeakingRequest, rights_id: int) -> HttpResponse:
    return _page_of(request, _own(request, rights_id))


@resident_page
@require_POST
def withdraw(request: SpeakingRequest, rights_id: int) -> HttpResponse:
    made = _own(request, rights_id)
    try:
        actions.withdraw(made.pk, actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("撤回了。"))
    return redirect("portal:right", made.pk)


@resident_page
@require_POST
def send_code(request: SpeakingRequest, rights_id: int) -> HttpResponse:
    """A code to the telephone of whoever is signed in: not to the principal's."""
    made = _own(request, rights_id)
    try:
        sign_in.send_code(request, own(request.user, "phone", actor=request.actor))
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("portal:right", made.pk)
    return _page_of(request, made, code_sent=True)


@sensitive_post_parameters("code")
@resident_page
@require_POST
def check_code(request: SpeakingRequest, rights_id: int) -> HttpResponse:
    made = _own(request, rights_id)
    try:
        account = sign_in.with_code(
            request, own(request.user, "phone", actor=request.actor), request.POST.get("code", "")
        )
    except Refusal as refusal:
        return _page_of(request, made, code_sent=True, code_error=str(refusal), status=refusal.status)
    if account.pk != request.user.pk:
        raise NotFound
    request.session[CHECKED_AT] = clock.real_now().timestamp()
    return redirect("portal:right", made.pk)


@never_cache
@resident_page
@require_safe
def copy(request: SpeakingRequest, rights_id: int, how: str) -> HttpResponse:
    """The file or its pages; a link that somebody else opens, or without a fresh code, gives nothing."""
    if how not in {CopyHandout.How.FILE, CopyHandout.How.READ}:
        raise NotFound
    made = _own(request, rights_id)
    try:
        data = actions.hand_out(made.pk, how, identity_shown=_freshly_checked(request), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
        return redirect("portal:right", made.pk)
    note_reading(request.speaking.resident, "copy", actor=request.actor)
    whole = how == CopyHandout.How.FILE
    response = HttpResponse(data, content_type="application/zip" if whole else "application/pdf")
    name = f"{made.number}.{'zip' if whole else 'pdf'}"
    response.headers["Content-Disposition"] = f'{"attachment" if whole else "inline"}; filename="{name}"'
    return response


def _own(request: SpeakingRequest, rights_id: int) -> RightsRequest:
    """Of the person spoken for now; raises :class:`NotFound`."""
    made = request_for(request.actor, rights_id)
    if made.resident_id != whose_information(request).pk:
        raise NotFound
    return made


def _freshly_checked(request: SpeakingRequest) -> bool:
    """Whether a code was shown in this session a short while ago; in a demo nobody's telephone is at hand."""
    if settings.LINLI_DEMO:
        return True
    at = request.session.get(CHECKED_AT)
    return isinstance(at, float) and 0 <= clock.real_now().timestamp() - at <= CHECK_LASTS


def _page_of(
    request: SpeakingRequest, made: RightsRequest, *, code_sent: bool = False, code_error: str = "", status: int = 200
) -> HttpResponse:
    copied = getattr(made, "copy", None)
    counted = deadline.due(rules_of(made.rules_version), made.opened_at)
    context = page_of(
        request,
        "me",
        made=made,
        entries=wording.entries_of(made),
        due=moment(made.due_at),
        reckoned=explain(counted) if made.extended_at is None else [],
        copied=copied,
        building=copied is not None and copied.state in (CopyState.BUILDING, CopyState.FAILED) and not made.is_over,
        ready=copied is not None and copied.state == CopyState.READY and copied.expires_at > clock.now(),
        handouts=copied.handouts.all() if copied is not None else (),
        checked=_freshly_checked(request),
        code_sent=code_sent,
        code_error=code_error,
        own_phone=masked(request.user, "phone"),
        words=wording.asked_words(made),
        may_withdraw=not made.is_over,
    )
    return render(request, "portal/right.html", context, status=status)


def _look_of(request: SpeakingRequest, resident):
    number = request.POST.get("look") or request.GET.get("look") or ""
    if not number.isdecimal():
        return None
    records = list(looks_of(resident).filter(pk=int(number)))
    if not records:
        raise NotFound
    return told(records, resident)[0]


def _asking(request: SpeakingRequest, form: AskForm, kind: str, look, *, status: int = 200) -> HttpResponse:
    about = form.data.get("about", "") if form.is_bound else ""
    context = page_of(
        request,
        "me",
        form=form,
        kind=Kind(kind),
        kind_words=wording.KIND_WORDS[Kind(kind)],
        button=wording.KIND_BUTTONS[Kind(kind)],
        look=look,
        known=explanation_of(about, request.speaking.resident) if about else "",
    )
    return render(request, "portal/ask.html", context, status=status)
