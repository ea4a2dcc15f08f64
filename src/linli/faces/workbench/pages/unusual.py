"""少见的查看: looks at people's details that a rule asks about, until somebody has asked the reader."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed, NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.unusual.actions import decide
from linli.foundation.privacy.unusual.models import LEADS, WATCHERS, WORKFLOW, State
from linli.foundation.privacy.unusual.queries import questions, unusual_looks

ON_A_PAGE = 20


def _watches(actor: Actor) -> bool:
    return actor.has(*WATCHERS)


card(
    "unusual",
    gettext_lazy("少见的查看"),
    gettext_lazy("晚上看、看自己的邻居、一下看很多人：问清楚为什么。"),
    icon="eye",
    url="workbench:unusual",
    may_open=_watches,
    order=20,
)


@signed_in_page
@require_safe
def unusual(request: ActorRequest) -> HttpResponse:
    """``show=all`` adds what has been decided."""
    if not _watches(request.actor):
        raise NotAllowed()
    show_all = request.GET.get("show") == "all"
    rows = unusual_looks(request.actor, state="" if show_all else State.OPEN)
    paper = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = page_of(
        request,
        "privacy",
        questions=questions(list(paper.object_list)),
        paper=paper,
        show_all=show_all,
        may_decide=request.actor.has(*LEADS),
    )
    return render(request, "workbench/unusual.html", context)


@signed_in_page
@require_POST
def decide_look(request: ActorRequest, look_id: int, verb: str) -> HttpResponse:
    if verb not in WORKFLOW.verbs:
        raise NotFound
    try:
        decide(look_id, verb, request.POST.get("text", ""), actor=request.actor)
        messages.success(request, _("记下了。"))
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return redirect("workbench:unusual")
