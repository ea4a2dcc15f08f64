"""What the machines could not do: messages set aside, notices not sent, events not handled."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.faces.workbench.access import community_page, director_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Refusal
from linli.foundation.events.queries import failing
from linli.foundation.notices.models import Notice
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.quarantine import load_quarantined, quarantined
from linli.sense.telemetry.quarantine import replay as replay_message
from linli.sense.telemetry.queries import ingest_status, urgent_kinds
from linli.sense.telemetry.speaking import sensing_health
from linli.sense.telemetry.wire import WireError

ON_A_PAGE = 25
SHOWN_OF_PAYLOAD = 400


@community_page
@require_safe
def quarantine(request: ActorRequest) -> HttpResponse:
    paginator = Paginator(quarantined(request.actor), ON_A_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    context = page_of(
        request,
        "quarantine",
        set_aside=[(message, _readable(message.payload)) for message in shown.object_list],
        shown=shown,
        status=ingest_status(),
        urgent_kinds=urgent_kinds(),
        health=sensing_health(request.actor),
    )
    return render(request, "workbench/quarantine.html", context)


@community_page
@require_POST
def replay(request: ActorRequest, message_id: int) -> HttpResponse:
    message = load_quarantined(message_id, actor=request.actor)
    try:
        replay_message(message, actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    except WireError:
        messages.warning(request, _("消息服务器暂时不在，请稍后再发一次。"))
    else:
        messages.success(request, _("重新送进去了，好的部分不会重复。"))
    return redirect("workbench:quarantine")


@director_page
@require_safe
def troubles(request: ActorRequest) -> HttpResponse:
    community_id = active_community_id()
    notices = Notice.objects.filter(community_id=community_id).exclude(state=Notice.State.SENT).exclude(last_error="")
    deliveries = failing().filter(event__community_id=community_id)
    context = page_of(
        request,
        "troubles",
        notices=notices.order_by("-created_at")[:ON_A_PAGE],
        deliveries=deliveries[:ON_A_PAGE],
    )
    return render(request, "workbench/troubles.html", context)


def _readable(payload: bytes) -> str:
    return bytes(payload)[:SHOWN_OF_PAYLOAD].decode("utf-8", "backslashreplace")
