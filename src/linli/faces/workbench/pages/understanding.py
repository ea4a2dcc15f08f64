"""How requests were read: what was recognised, what waits for a person, the categories, and how sure is sure enough."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework import actions as casework
from linli.act.casework.models import UNFINISHED, Case
from linli.act.casework.queries.understood import SOURCES, understood, waiting_for_a_person
from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.sense.requests.models import Channel
from linli.understand.triage import categories as triage
from linli.understand.triage.actions import LEAST_APPLIED, set_applied_from
from linli.understand.triage.models import Reading
from linli.understand.triage.queries import applied_from, models_of
from linli.understand.triage.taxonomy import OTHER, Category, every_category
from linli.understand.triage.taxonomy import category as named

ON_A_PAGE = 30


@dataclass(frozen=True)
class Share:
    """A number that is part of ``of``, with the words that say what it counts."""

    label: str
    n: int
    of: int

    @property
    def percent(self) -> str:
        return f"{self.n / self.of:.0%}" if self.of else "—"


@community_page
@require_safe
def understanding(request: ActorRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "").strip() for name in ("channel", "by", "category", "open")}
    readings = _readings(request, chosen)
    found = understood(readings)
    total = found.total
    shares = [
        Share(_("看出是哪一类"), found.recognised, total),
        Share(_("话里说了在册的另一幢楼"), found.named_another, total),
        Share(_("知道在哪幢楼"), found.placed, total),
        Share(_("归进了话题"), found.grouped, total),
        Share(_("分类有人核对过"), found.checked, total),
    ]
    shown = Paginator(readings.select_related("request").order_by("-request__said_at", "-pk"), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    language = get_language() or "zh-hans"
    context = page_of(
        request,
        "understanding",
        total=total,
        shares=shares,
        sources=[Share(_source(by), found.by[by], total) for by in SOURCES],
        classes=[(code, Share(named(code).name(language), n, total)) for code, n in found.classes.items()],
        rows=[_row(reading, language) for reading in shown.object_list],
        shown=shown,
        chosen=chosen,
        query="&".join(f"{name}={value}" for name, value in chosen.items() if value),
        channels=Channel.choices,
        waiting=waiting_for_a_person().count(),
        applied_percent=round(applied_from() * 100),
        least_percent=round(LEAST_APPLIED * 100),
        models=list(models_of(request.actor)[:6]),
    )
    return render(request, "workbench/understanding.html", context)


@community_page
@require_POST
def rules(request: ActorRequest) -> HttpResponse:
    """From which confidence a suggestion is applied without asking."""
    try:
        set_applied_from(int(request.POST.get("applied_from", "")) / 100, actor=request.actor)
    except ValueError:
        messages.warning(request, _("要写一个数，比如 75。"))
    except Invalid as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("改好了，从下一条诉求起照这个办。"))
    return redirect("workbench:understanding")


@community_page
@require_safe
def categories(request: ActorRequest) -> HttpResponse:
    known = every_category()
    counts = Counter(dict(Case.objects.values_list("category").annotate(n=Count("pk")).order_by()))
    open_ones = Counter(
        dict(Case.objects.filter(state__in=UNFINISHED).values_list("category").annotate(n=Count("pk")).order_by())
    )
    language = get_language() or "zh-hans"
    tops = [one for one in known.values() if one.is_class]
    groups = [
        (
            _line(top, counts, open_ones, language),
            [
                _line(one, counts, open_ones, language)
                for one in known.values()
                if not one.is_class and one.of == top.code
            ],
        )
        for top in tops
    ]
    heirs = [(code, one.path(language)) for code, one in known.items() if not one.retired]
    context = page_of(
        request,
        "understanding",
        groups=groups,
        heirs=heirs,
        tops=[(one.code, one.name(language)) for one in tops if not one.retired and one.code != OTHER],
    )
    return render(request, "workbench/categories.html", context)


@community_page
@require_POST
def add_category(request: ActorRequest) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("zh", "en", "of")}
    return _changed(request, lambda: triage.add_category(actor=request.actor, **given), _("加好了，从现在起可以选。"))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def category_page(request: ActorRequest, category: str) -> HttpResponse:
    """Rename, retire or take back one category; what is in it is said first."""
    code = category
    one = every_category().get(code)
    if one is None:
        raise NotFound
    if request.method == "POST":
        return _change_one(request, code)
    language = get_language() or "zh-hans"
    inside = Case.objects.filter(category__startswith=code[:2]) if one.is_class else Case.objects.filter(category=code)
    context = page_of(
        request,
        "understanding",
        one=one,
        name=one.path(language),
        zh=one.zh[-1],
        en=one.en[-1],
        successor=named(one.successor).path(language) if one.successor else "",
        total=inside.count(),
        unfinished=inside.filter(state__in=UNFINISHED).count(),
        fixed=code in triage.FIXED,
        heirs=[
            (heir.code, heir.path(language))
            for heir in every_category().values()
            if not heir.retired and heir.code != code and not (one.is_class and heir.of == code)
        ],
    )
    return render(request, "workbench/category.html", context)


def _change_one(request: ActorRequest, code: str) -> HttpResponse:
    actor, what = request.actor, request.POST.get("what", "")
    if what == "rename":
        zh, en = request.POST.get("zh", ""), request.POST.get("en", "")
        return _changed(request, lambda: triage.rename_category(code, zh=zh, en=en, actor=actor), _("名字改好了。"))
    if what == "restore":
        return _changed(request, lambda: triage.restore_category(code, actor=actor), _("又可以选了。"))
    if what == "retire":
        successor, move = request.POST.get("successor", ""), request.POST.get("move") == "1"

        def retire() -> None:
            casework.retire_category(code, successor=successor, move=move, actor=actor)

        return _changed(request, retire, _("停用了，原来的事照样查得到。"))
    raise NotFound


def _changed(request: ActorRequest, change, done: str) -> HttpResponse:
    try:
        change()
    except (Invalid, Conflict) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("workbench:categories")


def _readings(request: ActorRequest, chosen: dict[str, str]) -> QuerySet[Reading]:
    rows = Reading.objects.visible_to(request.actor)
    if chosen["channel"] in Channel.values:
        rows = rows.filter(request__channel=chosen["channel"])
    if chosen["by"] in SOURCES:
        rows = rows.filter(by=chosen["by"])
    if chosen["category"]:
        rows = rows.filter(category__startswith=chosen["category"][:2])
    if chosen["open"]:
        rows = rows.filter(request__in=waiting_for_a_person().values("request"))
    return rows


def _source(by: str) -> str:
    return {
        "danger": _("有危险的词，按规则"),
        "model": _("本社区教会的程序"),
        "words": _("公开的词表"),
        "nobody": _("看不出，等人定"),
    }[by]


def _row(reading: Reading, language: str) -> dict:
    return {
        "reading": reading,
        "words": reading.request.words[:120],
        "category": named(reading.category).path(language),
        "suggested": named(reading.suggested).name(language) if reading.suggested != reading.category else "",
        "by": _source(reading.by),
        "case_id": reading.work.rpartition(":")[2],
    }


def _line(one: Category, counts: Counter, open_ones: Counter, language: str) -> dict:
    return {
        "one": one,
        "name": one.name(language),
        "total": counts[one.code],
        "unfinished": open_ones[one.code],
        "successor": named(one.successor).path(language) if one.retired and one.successor else "",
    }
