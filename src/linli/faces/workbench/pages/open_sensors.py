"""公开的设备: which devices in shared places everybody may read; one proposes, another approves, anybody closes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may, require
from linli.foundation.accounts.persons import accounts_of
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.sense.open_sensors import actions, queries
from linli.sense.open_sensors.models import OpenSensor, State
from linli.sense.telemetry.device_types import CATALOGUE

ENDED_SHOWN = 20
CANDIDATES_SHOWN = 300

card(
    "open_sensors",
    gettext_lazy("公开的设备"),
    gettext_lazy("空气、噪声、电梯这些，量到的数给大家看。提议和同意。"),
    icon="gauge",
    url="workbench:open_sensors",
    may_open=lambda actor: may(actor, "open_sensors.see"),
    order=45,
)


@signed_in_page
@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    return _page(request)


@signed_in_page
@require_POST
def do(request: ActorRequest, verb: str) -> HttpResponse:
    """``propose`` devices; ``approve``, ``refuse`` or ``close`` what was proposed; several at once."""
    chosen = [int(one) for one in request.POST.getlist("one") if one.isascii() and one.isdigit() and len(one) < 19]
    reason = request.POST.get("reason", "")
    acts = {
        "propose": lambda: actions.propose(chosen, actor=request.actor),
        "approve": lambda: actions.approve(chosen, actor=request.actor),
        "refuse": lambda: actions.refuse(chosen, reason, actor=request.actor),
        "close": lambda: actions.close(chosen, reason, actor=request.actor),
    }
    if verb not in acts:
        raise NotFound()
    try:
        done = acts[verb]()
    except Refusal as refusal:
        if refusal.status == 404 or (refusal.status == 403 and refusal.code != "same_person"):
            raise
        return _page(request, status=refusal.status, wrong={verb: str(refusal)})
    said = {
        "propose": _("提议了 %(n)s 台。等另一位同事同意。"),
        "approve": _("公开了 %(n)s 台。"),
        "refuse": _("没有同意，%(n)s 台。"),
        "close": _("%(n)s 台不再公开，马上就看不到了。"),
    }
    messages.success(request, said[verb] % {"n": len(done)})
    return redirect("workbench:open_sensors")


def _page(request: ActorRequest, *, status: int = 200, wrong: dict[str, str] | None = None) -> HttpResponse:
    require(request.actor, "open_sensors.see")
    actor = request.actor
    rows = list(queries.openings(actor, State.PROPOSED, State.OPEN))
    waiting = [one for one in rows if one.state == State.PROPOSED]
    own = accounts_of(actor.account_id, [one.proposed_by_id for one in waiting])
    may_propose = may(actor, "open_sensors.propose")
    candidates = queries.candidates(actor)[:CANDIDATES_SHOWN] if may_propose else []
    context = page_of(
        request,
        "privacy",
        waiting=[(one, _kind(one), one.proposed_by_id not in own) for one in waiting],
        open=[(one, _kind(one)) for one in rows if one.state == State.OPEN],
        ended=[(one, _kind(one)) for one in queries.openings(actor, State.CLOSED, State.REFUSED)[:ENDED_SHOWN]],
        candidates=[(one, str(CATALOGUE[one.type].label)) for one in candidates],
        may_propose=may_propose,
        may_approve=may(actor, "open_sensors.approve"),
        may_close=may(actor, "open_sensors.close"),
        wrong=wrong or {},
    )
    return render(request, "workbench/open_sensors.html", context, status=status)


def _kind(row: OpenSensor) -> str:
    return str(CATALOGUE[row.device.type].label)
