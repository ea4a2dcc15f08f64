"""三率: with what they are shares of, how sure they are, and cut by where, what, who and how."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from linli.act.casework.queries.rates import CUTS, Figures, figures
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents.spreadsheets import XLSX, Cell, as_xlsx
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind
from linli.foundation.shares import Rate

USUAL = timedelta(days=90)
LONGEST = timedelta(days=732)
CUT_NAMES = {
    "grid": gettext_lazy("网格"), "category": gettext_lazy("事情的种类"), "unit": gettext_lazy("办事单位"),
    "channel": gettext_lazy("怎么说来的"), "age": gettext_lazy("年龄段"),
}  # fmt: skip
RATES = (
    ("response", gettext_lazy("响应率"), gettext_lazy("在时限里联系上的，占要回访的事")),
    ("resolution", gettext_lazy("解决率"), gettext_lazy("居民说办好了的，占给了评价的")),
    ("satisfaction", gettext_lazy("满意率"), gettext_lazy("满意和基本满意的，占给了评价的")),
    ("on_time", gettext_lazy("按时率"), gettext_lazy("在时限里办完的，占办结的")),
    ("first_time", gettext_lazy("一次办好"), gettext_lazy("没有重新办过的，占办结的")),
    ("repeat", gettext_lazy("重复反映"), gettext_lazy("30 天里同一个人、同一类、同一处又说的，占全部")),
    ("returned", gettext_lazy("退回"), gettext_lazy("派错退回的，占派过的")),
)


@staff_page
@require_safe
def rates(request: ActorRequest) -> HttpResponse:
    first, last, cut = _asked(request)
    whole, groups = figures(start_of(first), start_of(last + timedelta(days=1)), cut, actor=request.actor)
    context = page_of(
        request, "cases", first=first, last=last, cut=cut, cuts=[(key, CUT_NAMES[key]) for key in CUTS],
        whole=[(name, says, _rate(whole, key)) for key, name, says in RATES], excluded=whole.three.excluded,
        score=whole.three.score, columns=[name for _key, name, _says in RATES],
        groups=[(one, [_rate(one, key) for key, _name, _says in RATES]) for one in groups], base=whole.three.base,
    )  # fmt: skip
    return render(request, "workbench/rates.html", context)


@staff_page
@require_safe
def export(request: ActorRequest) -> HttpResponse:
    """The same table as Excel; under ten it says so instead of a share."""
    first, last, cut = _asked(request)
    whole, groups = figures(start_of(first), start_of(last + timedelta(days=1)), cut, actor=request.actor)
    rows = [whole, *groups]
    stamp = note_export(Kind.RATES, len(rows), actor=request.actor)
    columns = [str(CUT_NAMES[cut]), _("要回访的事")]
    for _key, name, _says in RATES:
        columns += [str(name), _("分母"), _("下限"), _("上限")]
    columns += [_("解决率（按种类调整）"), _("满意率（按种类调整）")]
    cells: list[list[Cell]] = [
        [one.name, one.three.base, *(cell for key, _name, _says in RATES for cell in _cells(_rate(one, key))),
         one.adjusted_resolution, one.adjusted_satisfaction]
        for one in rows
    ]  # fmt: skip
    response = HttpResponse(as_xlsx(f"{first} {last}", columns, cells, stamp=stamp), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{stamp.number}.xlsx"'
    return response


def _cells(rate: Rate) -> list[Cell]:
    if rate.share is None or rate.interval is None:
        return [_("太少"), rate.n, None, None]
    return [round(rate.share, 4), rate.n, round(rate.interval[0], 4), round(rate.interval[1], 4)]


def _rate(one: Figures, key: str) -> Rate:
    return getattr(one.three, key) if key in {"response", "resolution", "satisfaction"} else getattr(one, key)


def asked_days(request: ActorRequest) -> tuple[date, date]:
    """The first and last day in the address; the last ninety by default, two years at most."""
    last = _day(request.GET.get("to", "")) or clock.today()
    first = _day(request.GET.get("from", "")) or last - USUAL
    return max(min(first, last), last - LONGEST), last


def _asked(request: ActorRequest) -> tuple[date, date, str]:
    cut = request.GET.get("by", "grid")
    return *asked_days(request), cut if cut in CUTS else "grid"


def _day(words: str) -> date | None:
    try:
        day = parse_date(words)
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 2100 else None


def start_of(day: date) -> datetime:
    """Its midnight in Hangzhou."""
    return timezone.make_aware(datetime.combine(day, time()))
