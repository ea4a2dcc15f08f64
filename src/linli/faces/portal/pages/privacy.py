"""What somebody agreed to: read in plain words, withdrawn in two taps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.consents.actions import withdraw_consent as take_back
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.queries import consent_for, consents_of

CONSENT_NAMES = {
    "water_care": gettext_lazy("水表关怀"),
    "door_care": gettext_lazy("门磁关怀"),
    "smoke_care": gettext_lazy("烟感报警"),
}


STOP_WORDS = {
    "water_care": gettext_lazy("不再看我家水表"),
    "door_care": gettext_lazy("不再看我家的门"),
    "smoke_care": gettext_lazy("不再看我家的烟感"),
}
AFTER_WORDS = {
    "water_care": gettext_lazy("撤回以后，马上不再看您家水表。没用水的时候也就没人上门来问了。"),
    "door_care": gettext_lazy("撤回以后，马上不再看您家的门。好久没开门的时候也就没人上门来问了。"),
    "smoke_care": gettext_lazy("撤回以后，马上不再看您家的烟感。它响了，社区也就不知道了。"),
}
STOPPED_WORDS = {
    "water_care": gettext_lazy("已停，社区不再看您家水表。"),
    "door_care": gettext_lazy("已停，社区不再看您家的门。"),
    "smoke_care": gettext_lazy("已停，社区不再看您家的烟感。"),
}


@dataclass(frozen=True)
class Agreed:
    """``asked`` after the first tap of withdrawing; the second one does it. ``may_give`` when the person may agree
    again: a proxy may only take back."""

    pk: int
    name: str
    words: str
    given_at: datetime
    withdrawn_at: datetime | None
    asked: bool
    stop: str
    after: str
    stopped: str
    may_give: bool


@resident_page
@require_safe
def consents(request: SpeakingRequest) -> HttpResponse:
    given = consents_of(request.actor).filter(resident=request.speaking.resident)
    asked = request.GET.get("withdraw", "")
    standing = {consent.purpose for consent in given if consent.withdrawn_at is None}
    newest = {
        consent.purpose: consent.pk for consent in sorted(given, key=lambda consent: (consent.given_at, consent.pk))
    }
    context = page_of(
        request,
        "me",
        consents=[
            _agreed(
                consent,
                asked=asked == str(consent.pk),
                may_give=not request.speaking.proxied
                and consent.purpose not in standing
                and newest[consent.purpose] == consent.pk,
            )
            for consent in given
        ],
    )
    return render(request, "portal/consents.html", context)


@resident_page
@require_POST
def withdraw_consent(request: SpeakingRequest, consent_id: int) -> HttpResponse:
    consent = consent_for(request.actor, consent_id)
    if consent.resident_id != request.speaking.resident.pk:
        raise NotFound
    take_back(consent, actor=request.actor)
    messages.success(request, str(STOPPED_WORDS.get(consent.purpose, _("撤回了，从现在起不再看。"))))
    return redirect("portal:consents")


@resident_page
@require_POST
def give_consent_again(request: SpeakingRequest, consent_id: int) -> HttpResponse:
    """Only for oneself: an agreement that was taken back is given once more."""
    consent = consent_for(request.actor, consent_id)
    if consent.resident_id != request.speaking.resident.pk:
        raise NotFound
    try:
        give_consent(request.speaking.resident, consent.purpose, channel=Consent.Channel.APP, actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了，您又同意了。随时可以再撤回。"))
    return redirect("portal:consents")


def _agreed(consent: Consent, *, asked: bool, may_give: bool) -> Agreed:
    purpose = all_purposes().get(consent.purpose)
    return Agreed(
        pk=consent.pk,
        name=str(CONSENT_NAMES.get(consent.purpose, consent.purpose)),
        words=purpose.sentence if purpose else "",
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
        asked=asked,
        stop=str(STOP_WORDS.get(consent.purpose, _("撤回同意"))),
        after=str(AFTER_WORDS.get(consent.purpose, "")),
        stopped=str(STOPPED_WORDS.get(consent.purpose, "")),
        may_give=may_give,
    )
