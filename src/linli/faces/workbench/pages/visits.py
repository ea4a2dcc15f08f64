"""平安走访: who is to be looked in on, with two answers for each: well, or nobody answered."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.act.care.actions import find_well, miss
from linli.act.care.queries import visit_for, visits_due
from linli.act.casework.models import Case
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.reveal import seeable
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal


@staff_page
@require_safe
def visits(request: ActorRequest) -> HttpResponse:
    lines = visits_due(request.actor, clock.today())
    context = page_of(
        request,
        "visits",
        lines=lines,
        now_due=sum(line.late >= 0 for line in lines),
        seeable=seeable("care_round", request.actor),
    )
    return render(request, "workbench/visits.html", context)


@staff_page
@require_POST
def visit(request: ActorRequest, visit_id: int, verb: str) -> HttpResponse:
    """``well`` or ``no-answer``; the second opens an urgent case and leads to it."""
    found = visit_for(request.actor, visit_id)
    note = request.POST.get("note", "")
    try:
        if verb == "well":
            find_well(found, note=note, actor=request.actor)
            messages.success(request, _("记下了：平安。"))
        elif verb == "no-answer":
            missed = miss(found, note=note, actor=request.actor)
            case = Case.objects.visible_to(request.actor).filter(joined__request=missed.request_id).first()
            if case is not None:
                messages.warning(request, _("已经开了件，请马上再联系、再去看。"))
                return redirect("workbench:case", case.pk)
            messages.warning(request, _("记下了。隔半小时再打一次，还不接再点“没人应”。"))
        else:
            raise NotFound
    except NotFound:
        raise
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return redirect("workbench:visits")
