"""What came in by a door: a list, one page for each beside a form, and the pasted log of a chat group."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.actions import open_case_for_request
from linli.act.casework.models import Case
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.desk import FIELD_NAMES, DeskForm, found_for, place_in
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.registry.models import Estate
from linli.sense.intake.actions import confirm, drop, open_content, paste_chat, take_up
from linli.sense.intake.models import Arrival, Door, State
from linli.sense.intake.queries import arrival_for, arrivals, counts, lines_of, next_waiting
from linli.sense.intake.store import Content
from linli.sense.requests.actions import Caller
from linli.sense.requests.rules.danger import find_danger
from linli.understand.text.masking import mask

ON_A_PAGE = 20
TAB = "desk"


class ArrivalForm(DeskForm):
    """The desk's form without what the door has said already."""

    channel = None  # type: ignore[assignment]
    outer_number = None  # type: ignore[assignment]


class ChatForm(forms.Form):
    group = forms.CharField(
        label=gettext_lazy("哪个群"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("枫杨里业主群")}),
    )
    text = forms.CharField(
        label=gettext_lazy("聊天记录"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("在微信里多选、复制，贴在这里。名字和时间一起带上，同一段贴两次也只算一次。"),
    )


@staff_page
@require_safe
def inbox(request: ActorRequest) -> HttpResponse:
    """What waits, oldest first; words and names covered as on every list, but the building can be read: whoever decides
    whose matter it is needs it."""
    state = request.GET.get("state", State.WAITING)
    if state not in State.values:
        state = State.WAITING
    door = request.GET.get("door", "")
    shown = Paginator(arrivals(request.actor, state, door if door in Door.values else ""), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    estates = frozenset(Estate.objects.values_list("name", flat=True))
    lines = [
        (line.arrival, line.content.name, mask(line.content.words[:160], estates=estates))
        for line in lines_of(shown.object_list)
    ]
    context = page_of(
        request, TAB, at="inbox", lines=lines, shown=shown, state=state, door=door, doors=Door.choices,
        counts=counts(request.actor), query=f"state={state}&door={door}",
    )  # fmt: skip
    return render(request, "workbench/inbox.html", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def arrival(request: ActorRequest, arrival_id: int) -> HttpResponse:
    found = arrival_for(request.actor, arrival_id)
    if found.decided_at is not None:
        return render(
            request, "workbench/arrival_done.html", page_of(request, TAB, at="inbox", **_decided(request, found))
        )
    content = open_content(found, actor=request.actor)
    if request.method != "POST":
        return _ask(request, found, content, ArrivalForm(actor=request.actor, initial=_initial(found, content)))
    form = ArrivalForm(request.POST, actor=request.actor)
    if request.POST.get("look_up"):
        for name in list(form.errors):
            del form.errors[name]
        return _ask(request, found, content, form)
    if not form.is_valid():
        return _ask(request, found, content, form, status=422)
    given = form.cleaned_data
    speaker = given["speaker"]
    try:
        filed = confirm(
            found.pk,
            given["words"],
            actor=request.actor,
            speaker_id=speaker.pk if speaker else None,
            caller=None if speaker else Caller(given["speaker_name"], given["speaker_phone"]),
            place=place_in(given, request.actor),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        field = FIELD_NAMES.get(refusal.field or "", refusal.field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return _ask(request, found, content, form, status=refusal.status)
    case = open_case_for_request(filed.request.pk, actor=Actor.for_system("triage", filed.request.community_id))
    messages.success(request, _("登记好了，编号 %(number)s。请报给对方。") % {"number": case.number})
    if filed.danger:
        messages.error(request, _("话里有危险，先请对方打 110、119 或 120。"))
        return redirect("workbench:case", case.pk)
    return _onward(request)


@staff_page
@require_POST
def decide(request: ActorRequest, arrival_id: int, verb: str) -> HttpResponse:
    """``drop``: this is no request; ``take-up``: it is one after all."""
    found = arrival_for(request.actor, arrival_id)
    try:
        if verb == "drop":
            drop(found.pk, actor=request.actor)
            messages.success(request, _("这一条不登记，内容已经删了。"))
        elif verb == "take-up":
            take_up(found.pk, actor=request.actor)
            return redirect("workbench:arrival", found.pk)
        else:
            raise NotFound
    except NotFound:
        raise
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return _onward(request)


@staff_page
@require_safe
def reading(request: ActorRequest, arrival_id: int) -> HttpResponse:
    """Asked every two seconds while a photo is being read: nothing yet, or “load the page again”."""
    found = arrival_for(request.actor, arrival_id)
    from linli.sense.intake.store import content_of

    response = HttpResponse(status=204)
    if not content_of(found).reading:
        response = HttpResponse(headers={"HX-Refresh": "true"})
    return response


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def chat(request: ActorRequest) -> HttpResponse:
    """Paste a log; what may be a request goes to the list, the rest lies aside and can be taken up."""
    form = ChatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pasted = paste_chat(form.cleaned_data["text"], group=form.cleaned_data["group"], actor=request.actor)
        except Refusal as refusal:
            form.add_error("text" if refusal.field == "text" else None, refusal.message)
        else:
            messages.success(
                request,
                _("认出 %(fresh)d 段话，%(waiting)d 段像是一件事，请一条一条看。%(known)d 段以前贴过。")
                % {"fresh": len(pasted.fresh), "waiting": pasted.waiting, "known": pasted.known},
            )
            return redirect("workbench:inbox")
    context = page_of(request, TAB, at="chat", form=form)
    return render(request, "workbench/chat.html", context, status=422 if form.errors else 200)


def _onward(request: ActorRequest) -> HttpResponse:
    """To the next one that waits, until there is none."""
    following = next_waiting(request.actor)
    return redirect("workbench:arrival", following.pk) if following else redirect("workbench:inbox")


def _initial(found: Arrival, content: Content) -> dict:
    words = content.words
    return {
        "words": words,
        "speaker_name": content.name,
        "speaker_phone": content.phone,
        "building": found.building_id,
    }


def _decided(request: ActorRequest, found: Arrival) -> dict:
    case = None
    if found.request_id is not None:
        case = Case.objects.visible_to(request.actor).filter(joined__request=found.request_id).first()
    return {"arrival": found, "case": case}


def _ask(
    request: ActorRequest, found: Arrival, content: Content, form: ArrivalForm, *, status: int = 200
) -> HttpResponse:
    words = form.data.get("q", "") if form.is_bound else content.phone or content.home or ""
    context = page_of(
        request,
        TAB,
        at="inbox",
        arrival=found,
        content=content,
        form=form,
        photos=found.photos.all(),
        waits_for_reader=content.reading and not form.is_bound and "type" not in request.GET,
        chosen=form.data.get("speaker", "") if form.is_bound else "",
        danger=find_danger(form.data.get("words", "") if form.is_bound else content.words),
        counts=counts(request.actor),
        **found_for(request, words),
    )
    return render(request, "workbench/arrival.html", context, status=status)
