"""花费: what the cases of a time cost, by kind of matter, grid or month; and every entry as a table to take out."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from linli.act.casework.queries.spending import CUTS, costs, entries_of, grid_of, kind_of, month_of, who_wrote
from linli.act.casework.rules.spending import in_yuan
from linli.faces.workbench.access import director_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.months import midnight
from linli.faces.workbench.pages.rates import asked_days
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents.spreadsheets import XLSX, Cell, as_xlsx
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind

CUT_NAMES = {
    "category": gettext_lazy("事情的种类"), "grid": gettext_lazy("网格"), "month": gettext_lazy("月份"),
}  # fmt: skip


@director_page
@require_safe
def page(request: ActorRequest) -> HttpResponse:
    first, last = asked_days(request.GET)
    cut = request.GET.get("by", "category")
    cut = cut if cut in CUTS else "category"
    whole, groups = costs(midnight(first), midnight(last + timedelta(days=1)), cut, actor=request.actor)
    context = page_of(
        request, "cases", first=first, last=last, cut=cut, cuts=[(key, CUT_NAMES[key]) for key in CUTS],
        rows=[_row(one) for one in groups], whole=_row(whole),
    )  # fmt: skip
    return render(request, "workbench/costs.html", context)


@director_page
@require_safe
def export(request: ActorRequest) -> HttpResponse:
    """Every entry with the kind, grid and month to sum by; counter-entries are negative, so that any sum is right."""
    first, last = asked_days(request.GET)
    rows = list(entries_of(midnight(first), midnight(last + timedelta(days=1)), actor=request.actor))
    stamp = note_export(Kind.CASES, len(rows), actor=request.actor)
    columns = [
        _("时间"), _("月份"), _("编号"), _("事情的种类"), _("网格"), _("哪一种"), _("名称"), _("数量"), _("单位"), _("元"),
        _("分钟"), _("谁记的"), _("更正"),
    ]  # fmt: skip
    cells: list[list[Cell]] = [
        [
            row.at, month_of(row), row.case.number, kind_of(row), grid_of(row), str(row.get_kind_display()), row.name,
            float(row.quantity) if row.quantity is not None else None, row.unit, row.cost_fen / 100, row.minutes,
            who_wrote(row), row.reason,
        ]
        for row in rows
    ]  # fmt: skip
    response = HttpResponse(as_xlsx(_("花费"), columns, cells, stamp=stamp), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{stamp.number}.xlsx"'
    return response


def _row(one) -> dict:
    return {
        "name": one.name, "cases": one.cases, "entries": one.totals.entries, "cost": in_yuan(one.totals.cost_fen),
        "material": in_yuan(one.totals.material_fen), "minutes": one.totals.minutes,
        "hours": round(one.totals.minutes / 60, 1),
    }  # fmt: skip
