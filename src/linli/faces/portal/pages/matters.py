from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.act.casework import actions
from linli.act.casework.models import ENDED, Case, State
from linli.act.casework.queries import MatterPage, TimelineEntry, my_matter, my_matters
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.faces import FACES
from linli.faces.portal.forms import RatingForm, WithdrawForm, WordForm
from linli.faces.portal.handling import handler_of
from linli.faces.portal.pages.frame import page_of
from linli.faces.portal.promising import counting_words
from linli.foundation.errors import Conflict, Refusal
from linli.foundation.files.models import Attachment
from linli.foundation.lifecycle.explaining import moment
from linli.sense.requests.models import Channel, Request
from linli.sense.requests.rules.danger import find_danger


@resident_page
@require_safe
def matters(request: SpeakingRequest) -> HttpResponse:
    found = my_matters(request.actor, of=request.speaking.resident.pk)
    asking = [m for m in found if m.asks]
    context = page_of(
        request,
        "matters",
        asking=asking,
        under_way=[m for m in found if m.open and not m.asks],
        ended=[m for m in found if not m.open],
    )
    return render(request, "portal/matters.html", context)


@resident_page
@require_safe
def matter(request: SpeakingRequest, request_id: int) -> HttpResponse:
    return _show(request, request_id)


@resident_page
@require_POST
def rate(request: SpeakingRequest, request_id: int) -> HttpResponse:
    case = _case(request, request_id)
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _show(request, request_id, status=422, rating_form=form)
    try:
        actions.rate(case.pk, actor=request.actor, request_id=request_id, **form.cleaned_data)
    except Refusal as refusal:
        return _refused(request, request_id, refusal, rating_form=form)
    messages.success(request, _("谢谢您的评价。") if form.cleaned_data["solved"] else _("收到了，马上再派人。"))
    return redirect("portal:matter", request_id)


@resident_page
@require_POST
def add_word(request: SpeakingRequest, request_id: int) -> HttpResponse:
    """More words; where the community has asked something, they are the answer."""
    case = _case(request, request_id)
    form = WordForm(request.POST)
    if not form.is_valid():
        return _show(request, request_id, status=422, word_form=form)
    say = actions.answer if case.state == State.WAITING_CITIZEN else actions.say_more
    try:
        say(case.pk, text=form.cleaned_data["words"], actor=request.actor)
    except Refusal as refusal:
        return _refused(request, request_id, refusal, word_form=form)
    messages.success(request, _("送到了，办事的人会看到。"))
    return redirect("portal:matter", request_id)


@resident_page
@require_POST
def withdraw(request: SpeakingRequest, request_id: int) -> HttpResponse:
    case = _case(request, request_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _show(request, request_id, status=422, withdraw_form=form)
    try:
        actions.withdraw(case.pk, reason=form.cleaned_data["reason"], actor=request.actor)
    except Refusal as refusal:
        return _refused(request, request_id, refusal, withdraw_form=form)
    messages.success(request, _("撤回了。要是又需要，再说一声就行。"))
    return redirect("portal:matter", request_id)


def _case(request: SpeakingRequest, request_id: int) -> Case:
    case = my_matter(request_id, request.actor).line.case
    if case is None:
        raise Conflict(_("这件事正在登记，请过一会儿再试。"), code="case_not_open_yet")
    return case


def _refused(request: SpeakingRequest, request_id: int, refusal: Refusal, **forms) -> HttpResponse:
    (form,) = forms.values()
    first = next(iter(form.fields))
    form.add_error(refusal.field if refusal.field in form.fields else first, refusal.message)
    return _show(request, request_id, status=refusal.status, **forms)


def _show(request: SpeakingRequest, request_id: int, *, status: int = 200, **forms) -> HttpResponse:
    page = my_matter(request_id, request.actor, of=request.speaking.resident.pk)
    found = page.line
    said, case = found.request, found.case
    verbs = {allowed.verb for allowed in page.verbs}
    in_danger = case is None or case.state not in (*ENDED, State.EVALUATING)
    context = page_of(
        request,
        "matters",
        other_sense=("withdraw",),
        matter=found,
        page=page,
        finish_by=moment(page.finish_by) if page.finish_by else "",
        counting=counting_words(case) if page.finish_by else "",
        said_how=_how_it_was_said(request, found.request),
        before=[(photo, found.said_at) for photo in page.photos] + _photos(page, "before"),
        after=_photos(page, "after"),
        handler=handler_of(case, request.speaking.community, ended=found.ended),
        entries=[
            {"words": _told_in_words(entry), "at": entry.at, "by": entry.by, "photos": entry.photos}
            for entry in page.timeline
        ],
        danger=find_danger(said.words) if in_danger else None,
        faces=FACES,
        rating_form=RatingForm(),
        rating_action=reverse("portal:rate", args=[said.pk]),
        word_form=WordForm(),
        withdraw_form=WithdrawForm(),
        may_add=bool(verbs & {"say_more", "answer"}),
        may_withdraw="withdraw" in verbs,
    )
    return render(request, "portal/matter.html", context | forms, status=status)


def _photos(page: MatterPage, shows: str) -> list[tuple[Attachment, datetime]]:
    """Oldest first."""
    lines = reversed(page.timeline)
    return [(photo, entry.at) for entry in lines if entry.shows == shows for photo in entry.photos]


def _how_it_was_said(request: SpeakingRequest, said: Request) -> str:
    by = said.entered_by
    if by is not None and by.resident_id != said.speaker_id:
        if by.pk == request.actor.account_id:
            return _("您替他说的")
        return _("%(name)s替您说的") % {"name": by.display_name}
    return {
        Channel.PORTAL: _("您在手机上说的"),
        Channel.PHONE: _("您打电话说的"),
        Channel.DESK: _("您在窗口说的"),
        Channel.DOOR: _("您当面说的"),
        Channel.PAPER: _("您写纸条说的"),
    }.get(Channel(said.channel), said.get_channel_display())


def _told_in_words(entry: TimelineEntry) -> str:
    """What a person wrote says more than the sentence around it; a bare step is told by its sentence."""
    if not entry.text:
        return entry.sentence
    return entry.text if entry.entry.verb == "note" else f"{entry.sentence}：{entry.text}"
