"""我同意过什么: each purpose by itself, given and taken back in two taps, with what there is instead."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.act.care.actions import ask_for_round, end_round
from linli.act.care.alternatives import alternative_to, has_alternative
from linli.act.care.models import Round
from linli.act.care.queries import next_visit_of, round_for, rounds_of
from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation.errors import NotAllowed, NotFound, Refusal
from linli.foundation.privacy.consents.actions import decline as say_no
from linli.foundation.privacy.consents.actions import give_consent as say_yes
from linli.foundation.privacy.consents.actions import withdraw_consent as take_back
from linli.foundation.privacy.consents.guarding import guardians_of, is_child
from linli.foundation.privacy.consents.queries import Standing, standings_of
from linli.foundation.privacy.consents.receipt import receipt_of, receipt_pdf
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import Purpose
from linli.foundation.privacy.queries import consent_for
from linli.foundation.privacy.sensing.queries import kind_words
from linli.sense.telemetry.at_home import AtHome, at_home
from linli.understand.warnings.rules import purposes_unwatched

STOP_WORDS = {
    "water_care": gettext_lazy("不再看我家水表"),
    "door_care": gettext_lazy("不再看我家的门"),
    "smoke_care": gettext_lazy("不再看我家的烟感"),
    "face_access": gettext_lazy("不再刷脸"),
}
STOPPED_WORDS = {
    "water_care": gettext_lazy("已停，社区不再看您家水表。"),
    "door_care": gettext_lazy("已停，社区不再看您家的门。"),
    "smoke_care": gettext_lazy("已停，社区不再看您家的烟感。"),
    "face_access": gettext_lazy("已停。您的脸七天内从门上删掉，换别的办法一样进门。"),
}
INSTEAD_WORDS = {
    Round.Kind.VISIT: gettext_lazy("改成每周有人来看我"),
    Round.Kind.CALL: gettext_lazy("改成每周有人打电话来"),
    Round.Kind.ALARM: gettext_lazy("改成每年有人上门试烟感"),
}


@dataclass(frozen=True)
class Still:
    """Another agreement under which devices of a purpose are read too. ``consent_id`` is the person's own, ``None`` where
    somebody else at home agreed."""

    purpose: Purpose
    devices: str
    consent_id: int | None


@dataclass(frozen=True)
class Section:
    """One purpose on the page. ``asking`` is ``give`` or ``withdraw`` after the first of the two taps; ``still`` is what
    goes on when this purpose stops."""

    standing: Standing
    asking: str
    stop: str
    stopped: str
    instead: str
    round: Round | None
    still: list[Still]


@resident_page
@require_safe
def consents(request: SpeakingRequest) -> HttpResponse:
    resident = _whose(request)
    asked = {name: request.GET.get(name, "") for name in ("give", "withdraw")}
    running = rounds_of(resident)
    may_decide = _may_decide(request)
    standings, hanging = standings_of(resident), at_home(resident.home_id)
    context = page_of(
        request,
        "me",
        sections=[_section(one, asked, running, _still(one, standings, hanging), request) for one in standings],
        unwatched=purposes_unwatched(),
        may_decide=may_decide,
        too_young=is_child(resident) and not may_decide,
        guarded=bool(guardians_of(resident)),
        visit=next_visit_of(resident),
        rounds=list(running.values()),
    )
    return render(request, "portal/consents.html", context)


@resident_page
@require_POST
def give_consent(request: SpeakingRequest, purpose: str) -> HttpResponse:
    """The second tap: one purpose, by the person itself or the guardian of a child."""
    resident = _whose(request)
    try:
        say_yes(resident, purpose, channel=Consent.Channel.APP, actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了，您同意了。随时可以撤回。"))
    return _back_to(purpose)


@resident_page
@require_POST
def decline_consent(request: SpeakingRequest, purpose: str) -> HttpResponse:
    resident = _whose(request)
    try:
        say_no(resident, purpose, channel=Consent.Channel.APP, actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了，您不同意。别的服务照样用。"))
    return _back_to(purpose)


@resident_page
@require_POST
def withdraw_consent(request: SpeakingRequest, consent_id: int) -> HttpResponse:
    consent = _own_consent(request, consent_id)
    take_back(consent, actor=request.actor)
    resident = _whose(request)
    standings = standings_of(resident)
    ended = next((one for one in standings if one.purpose.key == consent.purpose), None)
    still = _still(ended, standings, at_home(resident.home_id)) if ended is not None else []
    if still:
        messages.warning(request, _("这一项停了。可是同一个设备，别的同意还让看，请往下看。"))
    else:
        messages.success(request, str(STOPPED_WORDS.get(consent.purpose, _("撤回了，从现在起不再看。"))))
    return _back_to(consent.purpose)


@resident_page
@require_POST
def ask_instead(request: SpeakingRequest, purpose: str) -> HttpResponse:
    """The same service by people."""
    resident = _whose(request)
    try:
        ask_for_round(resident, purpose, actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("约好了，两天内就有人联系您。"))
    return _back_to(purpose)


@resident_page
@require_POST
def end_visits(request: SpeakingRequest, round_id: int) -> HttpResponse:
    started = round_for(request.actor, round_id)
    if started.resident_id != request.speaking.resident.pk:
        raise NotFound
    end_round(started, actor=request.actor)
    messages.success(request, _("好的，不再来了。想要了再约。"))
    return redirect("portal:consents")


@resident_page
@require_safe
@never_cache
def receipt(request: SpeakingRequest, consent_id: int, form: str) -> HttpResponse:
    """The receipt to keep: ``form`` is ``pdf`` or ``json`` (ISO/IEC TS 27560)."""
    consent = _own_consent(request, consent_id)
    name = f"consent-{consent.pk}.{form}"
    if form == "json":
        text = json.dumps(receipt_of(consent, home_url=settings.LINLI_PUBLIC_URL), ensure_ascii=False, indent=1)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
    elif form == "pdf":
        pdf = receipt_pdf(consent, home_url=settings.LINLI_PUBLIC_URL, who=request.actor.name)
        response = HttpResponse(pdf, content_type="application/pdf")
    else:
        raise NotFound
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _back_to(purpose: str) -> HttpResponse:
    """The card that was decided on, not the top of the page."""
    return redirect(f"{reverse('portal:consents')}#purpose-{purpose}")


def _whose(request: SpeakingRequest):
    """The resident spoken for; raises :class:`NotAllowed` for a proxy whose authority does not cover this."""
    resident = request.speaking.resident
    if resident.pk not in request.actor.residents_for("privacy"):
        raise NotAllowed(_("您替人办的事里，没有这一项。请本人自己来，或者到社区加上。"), code="scope_missing")
    return resident


def _may_decide(request: SpeakingRequest) -> bool:
    """A proxy may only take back; a child under 14 decides through its guardian."""
    resident, actor = request.speaking.resident, request.actor
    return resident.pk in actor.ward_ids or (actor.resident_id == resident.pk and not is_child(resident))


def _own_consent(request: SpeakingRequest, consent_id: int) -> Consent:
    consent = consent_for(request.actor, consent_id)
    if consent.resident_id != _whose(request).pk:
        raise NotFound
    return consent


def _still(standing: Standing, standings: Sequence[Standing], hanging: Sequence[AtHome]) -> list[Still]:
    """In the order of the register: what else lets the devices of this purpose be read, of those that hang in the home."""
    own = standing.purpose
    of_own = [one for one in hanging if one.device.type in own.senses]
    found = []
    for other in standings:
        kinds = {one.device.type for one in of_own if other.purpose.key in one.read_for}
        if other.purpose.key == own.key or not kinds:
            continue
        words = _("、").join(sorted(kind_words(kind) for kind in kinds))
        found.append(Still(other.purpose, words, other.consent.pk if other.consent is not None else None))
    return found


def _section(
    standing: Standing, asked: dict[str, str], running: dict[str, Round], still: list[Still], request: SpeakingRequest
) -> Section:
    purpose, resident = standing.purpose, request.speaking.resident
    consent = standing.consent
    asking = ""
    if consent is not None and asked["withdraw"] == str(consent.pk):
        asking = "withdraw"
    elif consent is None and asked["give"] == purpose.key:
        asking = "give"
    instead, round_ = "", None
    if consent is None and has_alternative(purpose) and resident.pk in request.actor.residents_for("care"):
        kind, _every = alternative_to(purpose, resident)
        round_ = running.get(kind)
        instead = str(INSTEAD_WORDS[kind]) if round_ is None else ""
    return Section(
        standing=standing,
        asking=asking,
        stop=str(STOP_WORDS.get(purpose.key, _("撤回同意"))),
        stopped=_("这一项停了。") if still else str(STOPPED_WORDS.get(purpose.key, _("已停。"))),
        instead=instead,
        round=round_,
        still=still,
    )
