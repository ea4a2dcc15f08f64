"""What somebody watches, where colleagues named them, and the button that says "seen"."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.act.casework import actions
from linli.act.casework.queries import mentions_of, watched_by
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest


@staff_page
@require_safe
def noted(request: ActorRequest) -> HttpResponse:
    context = page_of(request, "today", watched=watched_by(request.actor), mentions=mentions_of(request.actor))
    return render(request, "workbench/noted.html", context)


@staff_page
@require_POST
def watch(request: ActorRequest, case_id: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    actions.watch(case_id, actor=request.actor, on=on)
    messages.success(request, _("关注了，有变化会告诉您。") if on else _("不再关注。"))
    if request.POST.get("from") == "list":
        return redirect("workbench:noted")
    return redirect("workbench:case", case_id)


@staff_page
@require_POST
def looked(request: ActorRequest, case_id: int) -> HttpResponse:
    actions.look(case_id, actor=request.actor)
    messages.success(request, _("记下了，看过了。"))
    return redirect("workbench:noted")
