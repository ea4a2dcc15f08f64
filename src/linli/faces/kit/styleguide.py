"""The components on one page, each in the states that people meet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.faces.kit import icons
from linli.foundation import clock

CHART_COLOURS = ("c1", "c2", "c3", "c4", "c5", "c6")
SIGHTS = (
    ("none", gettext_lazy("一般人看到的")),
    ("protan", gettext_lazy("红色盲看到的")),
    ("deutan", gettext_lazy("绿色盲看到的")),
    ("tritan", gettext_lazy("蓝色盲看到的")),
)


class Sample(forms.Form):
    """One field in each state."""

    name = forms.CharField(label=gettext_lazy("姓名"))
    phone = forms.CharField(label=gettext_lazy("手机号"), help_text=gettext_lazy("手机号是 11 位，如 199 0000 1234。"))
    place = forms.CharField(
        label=gettext_lazy("住在哪一幢"),
        help_text=gettext_lazy("不知道门牌也行，我们会去找您。"),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("如：枫杨里 5 幢 2 单元")}),
    )
    day = forms.DateField(label=gettext_lazy("哪一天方便"), widget=forms.DateInput(attrs={"type": "date"}))
    number = forms.CharField(label=gettext_lazy("工单编号（只能看）"), widget=forms.TextInput(attrs={"readonly": True}))
    old = forms.CharField(label=gettext_lazy("暂时不能填"), disabled=True)
    channel = forms.ChoiceField(
        label=gettext_lazy("怎么回您"), choices=[("call", gettext_lazy("打电话")), ("door", gettext_lazy("上门"))]
    )
    words = forms.CharField(label=gettext_lazy("还想说的"), widget=forms.Textarea(attrs={"rows": 2}))


def sample_form() -> Sample:
    """A form of which the phone number has been refused."""
    form = Sample(
        {"name": "孟广田", "phone": "1990012", "number": "EV-1124-017", "channel": "door", "words": " "},
        initial={"old": _("等居民回话")},
    )
    form.full_clean()
    errors = form.errors
    for field in list(errors):
        if field != "phone":
            del errors[field]
    form.add_error("phone", _("少了 4 位。"))
    return form


def context() -> dict[str, Any]:
    now = clock.now()
    columns = (_("什么事"), _("网格"), _("状态"), _("期限"))
    rows = (
        (_("楼道渗水，地上滑"), "2", _("处置中"), _("还剩 2 小时")),
        (_("晚上路灯不亮"), "6", _("处置中"), _("今天 17:00 前")),
        (_("单元门关不上"), "7", _("已超期"), _("超期 1 天")),
    )
    return {
        "form": sample_form(),
        "columns": columns,
        "rows": [list(zip(columns, row, strict=True)) for row in rows],
        "entries": [
            {"words": _("收到，并进同楼的一件"), "note": _("昨天 08:39")},
            {"words": _("到场看过"), "note": _("昨天 09:35")},
            {"words": _("请居民评价"), "note": _("最晚周五 12:00"), "next": True},
        ],
        "steps": [_("收到"), _("派人"), _("在办"), _("评价")],
        "page": Paginator(range(240), 10).get_page(7),
        "soon": now + timedelta(hours=2, minutes=5),
        "late": now - timedelta(days=1, hours=2),
        "fresh": now - timedelta(seconds=3),
        "old": now - timedelta(days=2),
        "icons": icons.names(),
        "colours": CHART_COLOURS,
        "sights": SIGHTS,
    }
