"""The three rates as a table: on the page, in Excel, and in the e-mail of a subscription."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.act.casework.queries.rates import Figures, figures
from linli.faces.workbench.months import midnight
from linli.foundation.accounts.actor import Actor
from linli.foundation.documents.spreadsheets import Cell, as_xlsx
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind
from linli.foundation.shares import FEWEST, Rate

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


def figures_of(first: date, last: date, cut: str, *, actor: Actor) -> tuple[Figures, list[Figures]]:
    """Of the days ``first`` to ``last``, both included."""
    return figures(midnight(first), midnight(last + timedelta(days=1)), cut, actor=actor)


def workbook(first: date, last: date, cut: str, *, actor: Actor, posted: bool = False) -> tuple[str, bytes]:
    """Number of the export and the file; under ten it says so instead of a share.

    ``posted`` leaves the house: nothing under ten is in it, neither a group nor a count.
    """
    whole, groups = figures_of(first, last, cut, actor=actor)
    rows = [one for one in (whole, *groups) if not posted or one.three.base >= FEWEST]
    stamp = note_export(Kind.RATES, len(rows), actor=actor)
    columns = [str(CUT_NAMES[cut]), _("要回访的事")]
    for _key, name, _says in RATES:
        columns += [str(name), _("分母"), _("下限"), _("上限")]
    columns += [_("解决率（按种类调整）"), _("满意率（按种类调整）")]
    cells: list[list[Cell]] = [
        [one.name, one.three.base, *(cell for key, _n, _s in RATES for cell in _cells(rate_of(one, key), posted)),
         one.adjusted_resolution, one.adjusted_satisfaction]
        for one in rows
    ]  # fmt: skip
    return stamp.number, as_xlsx(f"{first} {last}", columns, cells, stamp=stamp)


def rate_of(one: Figures, key: str) -> Rate:
    return getattr(one.three, key) if key in {"response", "resolution", "satisfaction"} else getattr(one, key)


def _cells(rate: Rate, posted: bool) -> list[Cell]:
    if rate.share is None or rate.interval is None:
        return [_("太少"), None if posted else rate.n, None, None]
    return [round(rate.share, 4), rate.n, round(rate.interval[0], 4), round(rate.interval[1], 4)]
