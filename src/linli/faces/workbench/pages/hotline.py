"""A list of orders from 12345 in three steps: bring the file, look at what is wrong with it, file the good rows."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Refusal
from linli.foundation.registry.api import read_upload, xlsx
from linli.sense.intake.actions import keep_hotline_file, start_hotline_file
from linli.sense.intake.models import HotlineFile
from linli.sense.intake.queries import bad_orders_file, counts, hotline_file, hotline_report
from linli.sense.intake.rules.hotline import ALSO, TEMPLATE

FAULTS_SHOWN = 200
TAB = "desk"


class HotlineForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("12345 导出的工单"),
        help_text=gettext_lazy("Excel（.xlsx、.xls）、CSV 或 JSON，最多 20 MB、5 万行。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt,.json"}),
    )


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def hotline(request: ActorRequest) -> HttpResponse:
    form = HotlineForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = keep_hotline_file(read_upload(file), file.name, actor=request.actor)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("workbench:hotline_file", kept.pk)
    context = page_of(
        request,
        TAB,
        at="hotline",
        form=form,
        columns=[(column, ALSO[column.field]) for column in TEMPLATE.columns],
        files=HotlineFile.objects.visible_to(request.actor).defer("content").order_by("-pk")[:10],
        counts=counts(request.actor),
    )
    return render(request, "workbench/hotline.html", context, status=422 if form.errors else 200)


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: ActorRequest, file_id: int) -> HttpResponse:
    """What is wrong with it; a POST files the good rows in the background, and the page tells how far it is."""
    kept = hotline_file(request.actor, file_id)
    if request.method == "POST":
        start_hotline_file(kept.pk, actor=request.actor)
        return redirect("workbench:hotline_file", kept.pk)
    if request.htmx:
        return render(request, "workbench/_hotline_progress.html", {"kept": kept})
    report = hotline_report(kept)
    faults = [(row.line, fault) for row in report.bad for fault in row.faults]
    context = page_of(
        request,
        TAB,
        at="hotline",
        kept=kept,
        report=report,
        faults=faults[:FAULTS_SHOWN],
        more_faults=max(0, len(faults) - FAULTS_SHOWN),
        counts=counts(request.actor),
    )
    return render(request, "workbench/hotline_file.html", context)


@community_page
@require_safe
def bad_rows(request: ActorRequest, file_id: int) -> HttpResponse:
    return xlsx(bad_orders_file(hotline_file(request.actor, file_id)), "12345-rejected.xlsx")
