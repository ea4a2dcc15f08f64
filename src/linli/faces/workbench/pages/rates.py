"""三率: with what they are shares of, how sure they are, cut by where, what, who and how; and by e-mail."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.act.casework.queries.rates import CUTS
from linli.faces.workbench import subscribing
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.models import RateSubscription
from linli.faces.workbench.rates_file import CUT_NAMES, RATES, figures_of, rate_of, workbook
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents.spreadsheets import XLSX
from linli.foundation.errors import Invalid
from linli.foundation.lifecycle.explaining import moment

USUAL = timedelta(days=90)
LONGEST = timedelta(days=732)
SHOWN_ENDED = timedelta(days=30)


@staff_page
@require_safe
def rates(request: ActorRequest) -> HttpResponse:
    return _page(request)


@staff_page
@require_safe
def export(request: ActorRequest) -> HttpResponse:
    """The same table as Excel."""
    first, last, cut = _asked(request.GET)
    number, file = workbook(first, last, cut, actor=request.actor)
    response = HttpResponse(file, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{number}.xlsx"'
    return response


@staff_page
@require_POST
def subscribe(request: ActorRequest) -> HttpResponse:
    """What the filter shows now, by e-mail from now on."""
    first, last, cut = _asked(request.POST)
    try:
        kept = subscribing.subscribe(
            address=request.POST.get("address", ""),
            rhythm=request.POST.get("rhythm", ""),
            cut=cut,
            days=(last - first).days + 1,
            actor=request.actor,
        )
    except Invalid as refusal:
        return _page(request, status=refusal.status, refused=refusal)
    messages.success(request, _("订好了。第一封：%(when)s。") % {"when": moment(kept.next_at)})
    query = urlencode({"from": first, "to": last, "by": cut})
    return redirect(f"{reverse('workbench:rates')}?{query}#by-mail")


@staff_page
@require_POST
def unsubscribe(request: ActorRequest, subscription_id: int) -> HttpResponse:
    subscribing.end(subscription_id, actor=request.actor)
    messages.success(request, _("停了，不再发。"))
    return redirect(f"{reverse('workbench:rates')}#by-mail")


def _page(request: ActorRequest, *, status: int = 200, refused: Invalid | None = None) -> HttpResponse:
    given = request.POST if refused is not None else request.GET
    first, last, cut = _asked(given)
    whole, groups = figures_of(first, last, cut, actor=request.actor)
    mine = RateSubscription.objects.filter(account_id=request.actor.account_id or 0).order_by("-asked_at")
    since = clock.now() - SHOWN_ENDED
    context = page_of(
        request, "cases", first=first, last=last, cut=cut, cuts=[(key, CUT_NAMES[key]) for key in CUTS],
        whole=[(name, says, rate_of(whole, key)) for key, name, says in RATES], excluded=whole.three.excluded,
        score=whole.three.score, columns=[name for _key, name, _says in RATES],
        groups=[(one, [rate_of(one, key) for key, _name, _says in RATES]) for one in groups], base=whole.three.base,
        subscriptions=[
            (one, CUT_NAMES[one.cut]) for one in mine.filter(Q(ended_at=None) | Q(ended_at__gte=since))[:20]
        ],
        rhythms=RateSubscription.Rhythm.choices, refused=refused, days=(last - first).days + 1,
        address=given.get("address", "") if refused else getattr(request.user, "email", ""),
        rhythm=given.get("rhythm", "weekly"),
    )  # fmt: skip
    return render(request, "workbench/rates.html", context, status=status)


def asked_days(given: QueryDict) -> tuple[date, date]:
    """The first and last day in an address or a form; the last ninety by default, two years at most."""
    last = _day(given.get("to", "")) or clock.today()
    first = _day(given.get("from", "")) or last - USUAL
    return max(min(first, last), last - LONGEST), last


def _asked(given: QueryDict) -> tuple[date, date, str]:
    first, last = asked_days(given)
    cut = given.get("by", "grid")
    return first, last, cut if cut in CUTS else "grid"


def _day(words: str) -> date | None:
    try:
        day = parse_date(words)
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 2100 else None
