"""What the neighbourhood talks about, and many matters of one trouble made one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework import actions as casework
from linli.act.casework.queries import cases_of_requests, joint_offers, list_cases, offer_of, side_by_side
from linli.faces.kit.numbers import whole
from linli.faces.plan import plan_of
from linli.faces.workbench.access import community_page
from linli.faces.workbench.digest import digest_pdf
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.months import first_of_month, recent_months
from linli.foundation import clock
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, NotFound
from linli.foundation.registry.models import Building, Community, Estate
from linli.foundation.tenancy import active_community_id
from linli.understand.topics import actions
from linli.understand.topics.models import Topic
from linli.understand.topics.queries import MONTH, SPANS, followed_by, follows, load_topic, requests_in, topics_for

SHOWN = 30
BAR, GAP, TALL = 8.0, 2.0, 40.0
TONES = {Topic.Trend.NEW: "att", Topic.Trend.RISING: "att", Topic.Trend.STEADY: "", Topic.Trend.FADING: ""}


@dataclass(frozen=True)
class Bar:
    """One day: ``y`` and ``height`` in a box :data:`TALL` high."""

    x: float
    y: float
    height: float
    day: str
    count: int


@dataclass(frozen=True)
class Line:
    """A topic of the list with its days drawn."""

    topic: Topic
    tone: str
    bars: list[Bar]
    width: float
    days_said: str


@community_page
@require_safe
def topics(request: ActorRequest) -> HttpResponse:
    span = request.GET.get("span", Topic.Span.WEEK.value)
    if span not in Topic.Span.values:
        span = Topic.Span.WEEK.value
    now = clock.now()
    found = list(topics_for(request.actor, span)[:SHOWN])
    context = page_of(
        request,
        "topics",
        span=span,
        spans=Topic.Span.choices,
        lines=[_line(topic, now, SPANS.get(span, MONTH)) for topic in found],
        followed=followed_by(request.actor),
        offers=joint_offers(request.actor),
        months=recent_months(now),
        read_at=max((topic.read_at for topic in found), default=None),
        **_map(found),
    )
    return render(request, "workbench/topics.html", context)


@community_page
@require_safe
def topic(request: ActorRequest, topic_id: int) -> HttpResponse:
    found = load_topic(topic_id, actor=request.actor)
    followed = follows(found, request.actor)
    context = page_of(
        request,
        "topics",
        topic=found,
        line=_line(found, clock.now(), SPANS.get(found.span, MONTH)),
        followed=followed,
        joinable=len(cases_of_requests(requests_in(found), request.actor)),
        **_map([found]),
    )
    if followed:
        actions.note_seen(found, actor=request.actor)
    return render(request, "workbench/topic.html", context)


@community_page
@require_POST
def follow(request: ActorRequest, topic_id: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    actions.follow(topic_id, actor=request.actor, on=on)
    messages.success(request, _("关注了，有新的会排在前面。") if on else _("不再关注。"))
    return redirect("workbench:topic", topic_id)


@community_page
@require_POST
def refresh(request: ActorRequest) -> HttpResponse:
    actions.ask_for_refresh(actor=request.actor)
    messages.success(request, _("正在重新归，过一会儿刷新这一页。"))
    return redirect("workbench:topics")


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def join_topic(request: ActorRequest, topic_id: int) -> HttpResponse:
    """One joint case from a topic: its matters side by side, a person leaves out what does not belong."""
    found = load_topic(topic_id, actor=request.actor)
    ids = cases_of_requests(requests_in(found), request.actor)
    title = _("%(label)s，%(n)d 人反映") % {"label": found.label, "n": found.people}
    return _join(request, ids, title=title, heading=found.label, back=("workbench:topic", found.pk))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def join_offer(request: ActorRequest, category: str, estate_id: int) -> HttpResponse:
    """One joint case of what many households of an estate named."""
    offer = offer_of(category, estate_id, request.actor)
    if offer is None and not Estate.objects.visible_to(request.actor).filter(pk=estate_id).exists():
        raise NotFound
    if offer is None:
        messages.info(request, _("这些事已经并好了，或者办完了。"))
        return redirect("workbench:topics")
    if request.method == "POST" and request.POST.get("aside") == "1":
        actions.put_offer_aside(category, estate_id, households=offer.households, actor=request.actor)
        messages.success(request, _("先不并。说的户数翻一倍时再提醒。"))
        return redirect("workbench:topics")
    heading = _("%(where)s：%(n)d 户说%(what)s") % {"where": offer.estate, "n": offer.households, "what": offer.what}
    return _join(request, offer.case_ids, title=offer.title, heading=heading, back=("workbench:topics",), offer=offer)


@community_page
@require_safe
def digest(request: ActorRequest) -> HttpResponse:
    """The opinion digest of a month, for paper."""
    first = first_of_month(request.GET.get("month", ""))
    content = digest_pdf(first, actor=request.actor)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="digest-{first:%Y-%m}.pdf"'
    return response


def _join(request: ActorRequest, ids, *, title: str, heading: str, back: tuple, offer=None) -> HttpResponse:
    if request.method == "POST":
        asked = {pk for value in request.POST.getlist("cases") if (pk := whole(value)) is not None}
        chosen = asked & set(ids)
        if list_cases(request.actor).filter(pk__in=asked - chosen).count() != len(asked - chosen):
            raise NotFound
        try:
            done = casework.join_many(chosen, actor=request.actor, title=title)
        except Conflict as refusal:
            messages.warning(request, str(refusal))
            return redirect(*back)
        said = _("%(n)d 件并成一件，说的人都会收到结果。") % {"n": done.joined + 1}
        if done.left_out:
            said += _("%(n)d 件现在的状态并不了，留在原处。") % {"n": done.left_out}
        messages.success(request, said)
        return redirect("workbench:case", done.case.pk)
    sides = side_by_side(ids, request.actor)
    context = page_of(request, "topics", sides=sides, heading=heading, back=back, offer=offer,
                      people=sum(side.people for side in sides), enough=sum(side.ready for side in sides) > 1)  # fmt: skip
    return render(request, "workbench/join.html", context)


def _line(topic: Topic, now: datetime, window: timedelta) -> Line:
    days = max(window.days, 14)
    today = timezone.localtime(now).date()
    shown = [today - timedelta(days=n) for n in reversed(range(days))]
    counts = [int(topic.days.get(day.isoformat(), 0)) for day in shown]
    most = max(counts, default=0) or 1
    bars = [
        Bar(n * (BAR + GAP), TALL - TALL * count / most, TALL * count / most, day.isoformat(), count)
        for n, (day, count) in enumerate(zip(shown, counts, strict=True))
        if count
    ]
    said = "、".join(f"{bar.day[5:]} {bar.count}" for bar in bars)
    return Line(topic, TONES[Topic.Trend(topic.trend)], bars, days * (BAR + GAP), said)


def _map(found: list[Topic]) -> dict:
    """Where it is talked about: buildings with how many requests, by the plan that the map page draws."""
    counts: dict[int, int] = {}
    for one in found:
        for building_id, n in one.places:
            counts[building_id] = counts.get(building_id, 0) + n
    buildings = Building.objects.select_related("estate").order_by("estate__name", "pk")
    plan = plan_of(Community.objects.get(pk=active_community_id()), buildings)
    pins = [(shape, counts.get(shape.id or 0, 0)) for shape in plan.buildings]
    return {"plan": plan, "pins": pins, "placed": sum(counts.values()), "label_size": max(7.0, plan.width / 70)}
