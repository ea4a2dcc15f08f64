"""The monthly sensing report: what it noticed first, what it did not see, what it cost in vain visits; for the committee's table."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from linli.act.casework.queries.sensing_month import OfRule, SensingMonth, sensing_month
from linli.faces.workbench.months import midnight, span_of_month
from linli.foundation.accounts.actor import Actor
from linli.foundation.documents import render_pdf
from linli.foundation.registry.models import Community
from linli.foundation.shares import Rate
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.speaking import sensing_health
from linli.understand.triage.taxonomy import category
from linli.understand.warnings.explaining import title
from linli.understand.warnings.models import Warning

MISSED_SHOWN = 12
IN_MINUTES = timedelta(hours=2)


def sensing_report_pdf(first: date, *, actor: Actor) -> bytes:
    """Of the month that begins on ``first``."""
    begins, ends = span_of_month(first)
    month = sensing_month(begins, ends, actor=actor)
    last = sensing_month(midnight((first - timedelta(days=1)).replace(day=1)), begins, actor=actor)
    community = Community.objects.get(pk=active_community_id())
    return render_pdf(
        "workbench/sensing_report.typ",
        {
            "title": _("%(month)s 感知月报") % {"month": f"{first:%Y-%m}"},
            "community": community.name,
            "in_words": _in_words(month),
            "facts": [
                (_("报了多少次"), _("%(n)d 次，上个月 %(before)d 次") % {"n": month.raised, "before": last.raised}),
                (_("属实的"), _share(Rate(len(month.true), sum(one.precision.n for one in month.rules)))),
                (_("白跑的"), _("%(n)d 次，上个月 %(before)d 次") % {"n": month.vain, "before": last.vain}),
                (_("P0 多久有人应"), _answered(month)),
                (_("现在没消息的设备"), _silent(actor)),
            ],
            "by_rule": _("每条规则报得准不准"),
            "legend": [str(label) for _value, label in Warning.Finding.choices] + [_("还没有结论")],
            "rules": [_row(one) for one in month.rules],
            "nothing": "" if month.rules else _("这个月设备没有报过。"),
            "missed": _("设备没看见的"),
            "missed_none": ""
            if month.unseen
            else _("装了设备的地方，居民说的同类的事，设备都看见了，或者没有人说过。"),
            "missed_head": [_("编号"), _("什么事"), _("在哪里"), _("哪天")],
            "missed_rows": [
                [
                    one.number,
                    category(one.category).name(get_language() or "zh-hans"),
                    str(one.facility or one.building or one.grid or "—"),
                    f"{timezone.localtime(one.opened_at):%m-%d}",
                ]
                for one in month.unseen[:MISSED_SHOWN]
            ],
            "missed_more": _more(len(month.unseen) - MISSED_SHOWN),
            "how": _(
                "“先发现”是跟同一个地方、同一类事的第一条诉求比：诉求在预警前一天到后三天之内。属实不属实是去看过的人写的；"
                "不满十次的不算比例。设备提问题，人给答案。"
            ),
        },
        who=actor.name or community.name,
    )


def _in_words(month: SensingMonth) -> list[str]:
    words = []
    if month.first:
        words.append(_earlier(len(month.first), month.lead or timedelta(0)))
    if month.alone:
        words.append(_("%(n)d 件事属实，没有人说过，只有设备看见了。") % {"n": month.alone})
    if month.after:
        words.append(_("%(n)d 件事，居民先说，设备后报。") % {"n": month.after})
    if month.unseen:
        words.append(_("%(n)d 件事，旁边装着设备，却只有居民说了。") % {"n": len(month.unseen)})
    if month.vain:
        words.append(_("为误报、设备故障和没人在家白跑了 %(n)d 次。") % {"n": month.vain})
    return words or [_("这个月没有可以比的事。")]


def _row(one: OfRule) -> dict:
    counts = [one.found[value] for value, _label in Warning.Finding.choices]
    return {"name": title(one.kind), "counts": [*counts, one.waiting], "share": _share(one.precision)}


def _share(rate: Rate) -> str:
    if rate.share is None or rate.interval is None:
        return _("%(part)d / %(n)d，太少，不算比例") % {"part": rate.part, "n": rate.n}
    low, high = rate.interval
    return _("%(share)d%%（%(part)d / %(n)d，九成五把握在 %(low)d%% 到 %(high)d%%）") % {
        "share": round(rate.share * 100), "part": rate.part, "n": rate.n,
        "low": round(low * 100), "high": round(high * 100),
    }  # fmt: skip


def _answered(month: SensingMonth) -> str:
    if not month.answered:
        return _("没有 P0")
    return _("一半在 %(half)s 分钟以内，最久 %(longest)s 分钟（%(n)d 次）") % {
        "half": f"{median(month.answered):.0f}", "longest": f"{max(month.answered):.0f}", "n": len(month.answered),
    }  # fmt: skip


def _silent(actor: Actor) -> str:
    """As on the devices page and in the cockpit, at the time of printing."""
    kinds = sensing_health(actor)
    told = {"silent": sum(one.silent for one in kinds), "n": sum(one.total for one in kinds)}
    return _("%(silent)d 台，一共 %(n)d 台在听") % told


def _earlier(n: int, lead: timedelta) -> str:
    if lead < IN_MINUTES:
        minutes = round(lead.total_seconds() / 60)
        return _("%(n)d 件事，设备比居民先发现，一半早了 %(minutes)d 分钟以上。") % {"n": n, "minutes": minutes}
    hours = f"{lead.total_seconds() / 3600:.1f}"
    return _("%(n)d 件事，设备比居民先发现，一半早了 %(hours)s 小时以上。") % {"n": n, "hours": hours}


def _more(left: int) -> str:
    return ngettext("还有 %(n)d 件。", "还有 %(n)d 件。", left) % {"n": left} if left > 0 else ""
