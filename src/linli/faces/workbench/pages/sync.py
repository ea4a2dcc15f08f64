"""What was done without a network arrives here: once, in the order in which it was done, and never over somebody else's work.

The phone keeps the form as it was filled in, with a key of its own. An answer says ``done``, ``refused`` (it was wrong) or
``conflict`` (things have changed meanwhile); what is not done stays on the phone, where a person decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.care.actions import find_well, miss
from linli.act.care.queries import visit_for
from linli.act.casework import actions
from linli.act.casework.actions import open_case_for_request
from linli.act.casework.models import Case
from linli.act.casework.queries import load_case
from linli.faces.workbench.access import round_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.models import Delivery
from linli.faces.workbench.pages.cases import given_by
from linli.faces.workbench.pages.desk import DeskForm, file_call
from linli.faces.workbench.verbs import FIELDS, VerbForm
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.sense.intake.actions import file_round

ADDS_ONLY = frozenset({"note", "tick", "spend"})
"""Verbs that change nothing that somebody else may have changed: they do not mind a newer version of the case. A tick is
of one row alone, and the first to tick it stands."""
SAID_LATER = timedelta(minutes=10)
"""From here on the words themselves say when they were written."""
OLDEST = timedelta(days=14)

Answer = dict[str, Any]


class Wrong(Invalid):
    """The form itself is wrong; every sentence of it."""

    def __init__(self, form: Form):
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        super().__init__(" ".join(dict.fromkeys(sentences)), code="form_wrong")


@staff_page
@require_safe
@never_cache
def queue(request: ActorRequest) -> HttpResponse:
    """What lies on this phone and has not arrived; the phone itself fills the page."""
    return render(request, "workbench/queue.html", page_of(request, "queue"))


@round_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sync(request: ActorRequest) -> HttpResponse:
    """GET: who is signed in, a token for sending, and the time here in ms. POST: one thing that was done, with ``sync_key``, ``sync_path``, ``sync_at``."""
    if request.method != "POST":
        now = int(clock.now().timestamp() * 1000)
        return JsonResponse({"account": request.user.pk, "token": get_token(request), "now": now})
    if not request.actor.is_staff and request.POST.get("sync_path") != reverse("workbench:round"):
        raise NotAllowed
    key = request.POST.get("sync_key", "")
    if not 8 <= len(key) <= 64:
        raise Invalid(_("没有编号，不知道是不是发过了。"), code="key_missing", field="sync_key")
    known = Delivery.objects.filter(account_id=request.user.pk, key=key).first()
    if known is not None:
        return JsonResponse(known.answer)
    try:
        with transaction.atomic():
            answer = _perform(request)
            Delivery.objects.create(account_id=request.user.pk, key=key, answer=answer, arrived_at=clock.real_now())
    except IntegrityError:
        known = Delivery.objects.filter(account_id=request.user.pk, key=key).first()
        if known is None:
            raise
        return JsonResponse(known.answer)
    except Refusal as refusal:
        kind = "conflict" if _changed_meanwhile(refusal) else "refused"
        return JsonResponse({"outcome": kind, "words": str(refusal), **_as_it_is(request)})
    return JsonResponse(answer)


def _perform(request: ActorRequest) -> Answer:
    name, parts = _route(request)
    return {"outcome": "done", **HANDLERS[name](request, **parts)}


def _changed_meanwhile(refusal: Refusal) -> bool:
    """Not the form is at fault but what has become of the matter: a device that sounds now, where nobody is known to be."""
    return isinstance(refusal, Conflict | NotFound) or refusal.code == "must_be_there"


def _route(request: ActorRequest) -> tuple[str, dict[str, Any]]:
    try:
        match = resolve(request.POST.get("sync_path", ""))
    except Resolver404:
        raise NotFound from None
    if match.app_name != "workbench" or match.url_name not in HANDLERS:
        raise NotFound
    return match.url_name, match.kwargs


def _as_it_is(request: ActorRequest) -> Answer:
    """Where to look, and the case's version now, for a person who wants it done all the same."""
    try:
        name, parts = _route(request)
        if name == "do":
            case = load_case(parts["case_id"], actor=request.actor)
            return {"where": reverse("workbench:case", args=[case.pk]), "version": case.version}
    except Refusal:
        pass
    return {}


def _done_at(request: ActorRequest) -> datetime:
    """When it was done by the phone's clock, if that is believable; else now."""
    now = clock.now()
    try:
        said = parse_datetime(request.POST.get("sync_at", ""))
    except ValueError:
        said = None
    if said is None or timezone.is_naive(said) or not now - OLDEST < said <= now:
        return now
    return said


def _dated(words: str, request: ActorRequest) -> str:
    """Words that arrive late say when they were written."""
    done_at = _done_at(request)
    if not words.strip() or clock.now() - done_at < SAID_LATER:
        return words
    return _("%(words)s（%(at)s 记的，当时没有网络）") % {
        "words": words, "at": f"{timezone.localtime(done_at):%m-%d %H:%M}",
    }  # fmt: skip


def _verb(request: ActorRequest, case_id: int, verb: str) -> Answer:
    found = load_case(case_id, actor=request.actor)
    if verb not in FIELDS:
        raise NotFound
    form = VerbForm(request.POST, request.FILES, verb=verb, case=found, actor=request.actor)
    if not form.is_valid():
        raise Wrong(form)
    given = given_by(form, request.actor)
    if verb in ADDS_ONLY:
        given.pop("version", None)
    if "text" in given:
        given["text"] = _dated(given["text"], request)
    after = actions.perform(case_id, verb, actor=request.actor, **given)
    return {"where": reverse("workbench:case", args=[after.pk]), "case": after.pk, "version": after.version}


def _visit(request: ActorRequest, visit_id: int, verb: str) -> Answer:
    found = visit_for(request.actor, visit_id)
    note = (
        _dated(request.POST.get("note", "") or _("没有写"), request) if _late(request) else request.POST.get("note", "")
    )
    if verb == "well":
        find_well(found, note=note[:200], actor=request.actor)
        return {"where": reverse("workbench:visits")}
    if verb != "no-answer":
        raise NotFound
    missed = miss(found, note=note[:200], actor=request.actor)
    case = Case.objects.visible_to(request.actor).filter(joined__request=missed.request_id).first()
    return {"where": reverse("workbench:case", args=[case.pk]) if case else reverse("workbench:visits")}


def _late(request: ActorRequest) -> bool:
    return clock.now() - _done_at(request) >= SAID_LATER


def _desk(request: ActorRequest) -> Answer:
    form = DeskForm(request.POST, request.FILES, actor=request.actor)
    if not form.is_valid():
        raise Wrong(form)
    received = file_call(request, form.cleaned_data, said_at=_done_at(request))
    return {"where": reverse("workbench:case", args=[received.case.pk]), "number": received.case.number}


def _round(request: ActorRequest) -> Answer:
    rows = [
        (int(name.removeprefix("home-")), str(words))
        for name, words in request.POST.items()
        if name.startswith("home-") and name.removeprefix("home-").isdecimal()
    ]
    filed = file_round(rows, sitting=request.POST.get("client_key", ""), actor=request.actor, said_at=_done_at(request))
    for one in filed:
        open_case_for_request(one.request.pk, actor=Actor.for_system("triage", one.request.community_id))
    return {"where": reverse("workbench:round"), "filed": len(filed)}


HANDLERS: dict[str, Callable[..., Answer]] = {"do": _verb, "visit": _visit, "desk": _desk, "round": _round}
"""Forms that may be filled in without a network, by the name of their route."""
