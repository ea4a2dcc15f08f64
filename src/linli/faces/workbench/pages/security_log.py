"""安全日志: who came in, who was kept out, and what changed about who may do what. For oversight alone."""

from __future__ import annotations

from datetime import datetime, time

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts import devices
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.documents.spreadsheets import XLSX, Cell, as_xlsx
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.sealing import changed_days

ON_A_PAGE = 50
EXPORTED_AT_MOST = 50_000
WIDTHS = (20, 18, 8, 16, 20, 18, 24, 40)


def may_see(actor: Actor) -> bool:
    return actor.has(*OVERSIGHT)


card(
    "security_log",
    gettext_lazy("安全日志"),
    gettext_lazy("谁登录过、谁没登录成、谁给谁授了权、谁导出过。记一年，改不了。"),
    icon="shield-check",
    url="workbench:security_log",
    may_open=may_see,
    order=60,
)


@signed_in_page
@require_safe
def log(request: ActorRequest) -> HttpResponse:
    rows, chosen = _filtered(request)
    paper = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = page_of(
        request,
        "privacy",
        rows=[_shown(one) for one in paper.object_list],
        paper=paper,
        kinds=SecurityEvent.Kind.choices,
        chosen=chosen,
        narrowed=any(chosen.values()),
        changed=changed_days(),
    )
    return render(request, "workbench/security_log.html", context)


@signed_in_page
@require_safe
def export(request: ActorRequest) -> HttpResponse:
    """The rows that the filters leave, as Excel, with the mark of who took them out."""
    rows = list(_filtered(request)[0][:EXPORTED_AT_MOST])
    stamp = note_export(Kind.SECURITY_LOG, len(rows), actor=request.actor)
    columns = [_("时间"), _("什么事"), _("成没成"), _("谁"), _("网络地址"), _("用什么"), _("关于"), _("细节")]
    cells: list[list[Cell]] = [
        [
            one.at, str(one.get_kind_display()), _("成") if one.succeeded else _("没成"),
            one.account.display_name if one.account else "", one.address or "", devices.in_words(one.device),
            one.about, _facts(one),
        ]
        for one in rows
    ]  # fmt: skip
    response = HttpResponse(as_xlsx(_("安全日志"), columns, cells, stamp=stamp, widths=WIDTHS), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{stamp.number}.xlsx"'
    return response


def _filtered(request: ActorRequest) -> tuple[QuerySet[SecurityEvent], dict[str, str]]:
    if not may_see(request.actor):
        raise NotAllowed
    chosen = {name: request.GET.get(name, "").strip() for name in ("kind", "outcome", "who", "from", "to")}
    rows = SecurityEvent.objects.visible_to(request.actor).select_related("account").order_by("-at", "-pk")
    if chosen["kind"] in SecurityEvent.Kind.values:
        rows = rows.filter(kind=chosen["kind"])
    if chosen["outcome"] in {"yes", "no"}:
        rows = rows.filter(succeeded=chosen["outcome"] == "yes")
    if chosen["who"]:
        rows = rows.filter(account__display_name__icontains=chosen["who"])
    if (first := _day(chosen["from"])) is not None:
        rows = rows.filter(at__gte=first)
    if (last := _day(chosen["to"], end=True)) is not None:
        rows = rows.filter(at__lte=last)
    return rows, chosen


def _day(words: str, *, end: bool = False) -> datetime | None:
    """The first or last moment of a local day; None for what is no day."""
    try:
        day = parse_date(words)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.max if end else time.min)) if day else None


def _shown(one: SecurityEvent) -> dict:
    return {"event": one, "device": devices.in_words(one.device) if one.device else "", "facts": _facts(one)}


def _facts(one: SecurityEvent) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(one.facts.items()) if value not in ("", None, []))
