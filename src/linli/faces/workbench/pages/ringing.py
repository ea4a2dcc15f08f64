"""有危险时在这台设备上响: which browsers call their owner about a warning, set up and ended by the owner."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.faces.workbench.access import signed_in_page
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.devices import device_of, in_words, is_phone
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.session_store import digest_of
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.notices import browsers
from linli.foundation.notices.actions import ring
from linli.foundation.notices.models import Browser


@dataclass(frozen=True)
class Ringing:
    """``key`` is the public key for the browser, ``known`` the fingerprints of those that ring already."""

    key: str
    rows: list[tuple[Browser, str, bool]]

    @property
    def known(self) -> str:
        return " ".join(browser.fingerprint for browser, _words, _phone in self.rows)


def ringing_of(actor: Actor) -> Ringing | None:
    """What the page of one's own sign-ins shows; ``None`` for who is never called, or where nothing is pushed."""
    if not browsers.can_ring() or not browsers.may_ring(actor):
        return None
    rows = [(one, in_words(one.device), is_phone(one.device)) for one in browsers.browsers_of(actor.account_id)]
    return Ringing(browsers.public_key(), rows)


@signed_in_page
@require_POST
def ring_here(request: ActorRequest) -> HttpResponse:
    try:
        browsers.add(
            request.POST.get("subscription", ""),
            device=device_of(request.headers.get("User-Agent", "")),
            session=digest_of(request.session.session_key or ""),
            actor=request.actor,
        )
    except Invalid as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("好了：有危险叫您的时候，这台设备会响。先试一下。"))
    return _back()


@signed_in_page
@require_POST
def end_ringing(request: ActorRequest, browser_id: int) -> HttpResponse:
    browsers.remove(browser_id, actor=request.actor)
    messages.success(request, _("那台设备不再响了。"))
    return _back()


@signed_in_page
@require_POST
def try_ringing(request: ActorRequest) -> HttpResponse:
    """Once in ten seconds: a press too many is one message."""
    if not browsers.may_ring(request.actor):
        raise NotAllowed
    text = _("邻里：试一下\n听到了，看到了，就说明有危险时叫得到您。")
    moment = int(clock.real_now().timestamp()) // 10
    ring(
        request.user, text, key=f"try:{request.user.pk}:{moment}", community=request.actor.community_id,
        link=reverse("workbench:mine"),
    )  # fmt: skip
    messages.success(request, _("发出去了，几秒钟里应该响。没有响，就看看手机的通知有没有关。"))
    return _back()


def _back() -> HttpResponse:
    return redirect(reverse("workbench:mine") + "#ring")
