"""A file of readings in three steps: bring it, look at what is wrong with it, import the good rows in the background."""

from __future__ import annotations

import csv
import io

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents.spreadsheets import plain
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.registry.api import read_upload
from linli.sense.telemetry.device_types import CATALOGUE, DeviceType
from linli.sense.telemetry.importing.keeping import bad_rows_of, keep_file, load_file, start_file
from linli.sense.telemetry.importing.reading import layout_of
from linli.sense.telemetry.models import Device, ReadingsFile
from linli.sense.telemetry.storing import LATE

FAULTS_SHOWN = 20
TEMPLATE_LINES = 500
TAB = "registry"
TROUBLES = {
    "message_server_away": gettext_lazy("消息服务器没有回答。过一会儿再导一次，不会重复。"),
    "broken": gettext_lazy("出了错，请告诉维护的人，过一会儿再试。"),
    "not_allowed": gettext_lazy("您已经没有导入的权限。"),
}
COLUMNS = (
    (gettext_lazy("设备"), "device", "LAMP-1", gettext_lazy("设备编号，已经登记的")),
    (gettext_lazy("时间"), "time", "2026-03-01 08:00", gettext_lazy("没有写时区的，当作北京时间")),
    (gettext_lazy("指标"), "metric", gettext_lazy("温度"), gettext_lazy("长表才有；宽表一个指标一列")),
    (gettext_lazy("数值"), "value", "21.5", gettext_lazy("长表才有；小数点用点或逗号")),
)


class ReadingsForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("读数文件"),
        help_text=gettext_lazy("CSV 或 Excel（.xlsx、.xls），最多 20 MB；Excel 最多 5 万行。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls"}),
    )


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def readings(request: ActorRequest) -> HttpResponse:
    form = ReadingsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = keep_file(read_upload(file), file.name, actor=request.actor)
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            form.add_error("file", str(refusal))
        else:
            return redirect("workbench:readings_file", kept.pk)
    context = page_of(
        request,
        TAB,
        form=form,
        columns=COLUMNS,
        kinds=_kinds(request.actor),
        days=LATE.days,
        files=ReadingsFile.objects.visible_to(request.actor).defer("content", "bad_rows").order_by("-pk")[:10],
    )
    return render(request, "workbench/devices/readings.html", context, status=422 if form.errors else 200)


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: ActorRequest, file_id: int) -> HttpResponse:
    """How far it is and what is wrong with it; a POST imports the good rows in the background."""
    kept = load_file(file_id, actor=request.actor)
    if request.method == "POST":
        try:
            start_file(kept.pk, actor=request.actor)
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            messages.error(request, str(refusal))
        return redirect("workbench:readings_file", kept.pk)
    layout = layout_of(kept.heading, ",")
    labels = {str(one.label): str(one.label) for kind in CATALOGUE.values() for one in kind.metrics.values()}
    labels |= {key: str(one.label) for kind in CATALOGUE.values() for key, one in kind.metrics.items()}
    rows = [] if kept.working else _rows_of(bad_rows_of(kept))
    told = {
        "kept": kept,
        "wide": [(name, labels.get(name, "")) for _place, name in layout.metrics],
        "shown": [(cells[-2], cells[-1], cells[:-2]) for cells in rows[1 : FAULTS_SHOWN + 1] if len(cells) > 1],
        "heading": rows[0][:-2] if rows else [],
        "more": max(0, kept.bad - FAULTS_SHOWN),
        "trouble": TROUBLES.get(kept.trouble, kept.trouble),
    }
    if request.htmx:
        return render(request, "workbench/devices/_readings.html", told)
    return render(request, "workbench/devices/readings_file.html", page_of(request, TAB, **told))


@community_page
@require_safe
def bad_rows(request: ActorRequest, file_id: int) -> HttpResponse:
    """The bad rows with their line and the reason: mended, the file can be imported as it is."""
    kept = load_file(file_id, actor=request.actor)
    name = {"Content-Disposition": 'attachment; filename="readings-bad-rows.csv"'}
    return HttpResponse(bad_rows_of(kept).encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=name)


@community_page
@require_safe
def template(request: ActorRequest, kind: str) -> HttpResponse:
    """An empty wide file for one kind of device: the heading, and a line for each of its devices to go on from."""
    found = next((one for one in _kinds(request.actor) if one.key == kind), None)
    if found is None:
        raise NotFound
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("设备"), _("时间"), *(str(one.label) for one in found.metrics.values())])
    now = timezone.localtime(clock.now()).replace(minute=0)
    codes = Device.objects.visible_to(request.actor).filter(type=kind, revoked_at=None).order_by("code")
    for code in codes.values_list("code", flat=True)[:TEMPLATE_LINES]:
        writer.writerow([plain(code), f"{now:%Y-%m-%d %H:%M}"])
    name = {"Content-Disposition": f'attachment; filename="readings-{kind}.csv"'}
    return HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=name)


def _kinds(actor: Actor) -> list[DeviceType]:
    """Kinds of the devices that there are whose readings a file may bring."""
    there = set(Device.objects.visible_to(actor).filter(revoked_at=None).values_list("type", flat=True).distinct())
    return [kind for key, kind in CATALOGUE.items() if key in there and kind.metrics and not kind.sees]


def _rows_of(bad: str) -> list[list[str]]:
    """Separated as the file was that they come from."""
    heading = bad.partition("\n")[0]
    return list(csv.reader(io.StringIO(bad), delimiter=max(",;\t", key=heading.count)))
