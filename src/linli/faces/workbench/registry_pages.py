"""The registry for staff: the data inventory, and importing a file in three steps: upload, look, import."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.registry import queries
from linli.foundation.registry.actions import Mode, import_upload, keep_upload
from linli.foundation.registry.api import read_upload, xlsx
from linli.foundation.registry.importing.checking import check_file
from linli.foundation.registry.models import ImportRun
from linli.foundation.registry.rules.templates import TEMPLATES
from linli.foundation.registry.uploads import content_of

FAULTS_SHOWN = 200
TAB = "registry"


class UploadForm(forms.Form):
    template = forms.ChoiceField(
        label=gettext_lazy("这是什么表"),
        choices=lambda: [(t.kind, t.title) for t in TEMPLATES.values()],
        help_text=gettext_lazy("第一次导入请按这个顺序：每一种只引用排在它前面的。"),
    )
    file = forms.FileField(
        label=gettext_lazy("文件"),
        help_text=gettext_lazy("Excel（.xlsx、.xls）或 CSV，最多 20 MB、5 万行。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
    )


@community_page
@require_safe
def inventory(request: ActorRequest) -> HttpResponse:
    holdings = queries.inventory(request.actor)
    return render(request, "workbench/registry/inventory.html", page_of(request, TAB, holdings=holdings))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: ActorRequest) -> HttpResponse:
    """Choose a file; what cannot be read at all is said here, rows at fault on the next page."""
    form = UploadForm(request.POST or None, request.FILES or None, initial={"template": request.GET.get("template")})
    if request.method == "POST" and form.is_valid():
        file, template = form.cleaned_data["file"], form.cleaned_data["template"]
        try:
            content = read_upload(file)
            check_file(content, file.name, template)
            kept = keep_upload(content, file.name, template=template, actor=request.actor)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("workbench:registry_check", kept.pk)
    status = 422 if form.errors else 200
    context = page_of(request, TAB, form=form, templates=TEMPLATES.values())
    return render(request, "workbench/registry/upload.html", context, status=status)


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def checked(request: ActorRequest, upload_id: int) -> HttpResponse:
    """What the file would do and what is wrong with it; a POST imports it in the chosen mode."""
    kept = queries.upload(request.actor, upload_id)
    if request.method == "POST":
        mode = Mode.GOOD if request.POST.get("mode") == Mode.GOOD else Mode.ALL
        report = import_upload(kept, mode=mode, actor=request.actor)
        if report.imported:
            return redirect("workbench:registry_imported", report.run_id, upload_id)
        messages.error(request, _("登记簿刚刚有变化，现在有 %(n)d 行不能导入，请再看一遍。") % {"n": report.rejected})
    else:
        report, _plan = check_file(content_of(kept), kept.file_name, kept.template)
    faults = [(row.line, fault) for row in report.bad for fault in row.faults]
    context = page_of(
        request,
        TAB,
        kept=kept,
        report=report,
        title=TEMPLATES[kept.template].title,
        faults=faults[:FAULTS_SHOWN],
        more_faults=max(0, len(faults) - FAULTS_SHOWN),
    )
    return render(request, "workbench/registry/checked.html", context)


@community_page
@require_safe
def imported(request: ActorRequest, run_id: int, upload_id: int) -> HttpResponse:
    run = ImportRun.objects.visible_to(request.actor).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    context = page_of(request, TAB, run=run, title=TEMPLATES[run.template].title, upload_id=upload_id)
    return render(request, "workbench/registry/imported.html", context)


@community_page
@require_safe
def rejected(request: ActorRequest, upload_id: int) -> HttpResponse:
    kept = queries.upload(request.actor, upload_id)
    return xlsx(queries.rejected_file(kept), f"rejected-{kept.template}.xlsx")
