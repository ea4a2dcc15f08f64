"""Lists of cases for staff: today's work in the order to do it, filtered lists, search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.act.casework.models import ENDED, UNFINISHED, Case, CaseQuerySet, Level, State
from linli.act.casework.queries.finding import ranked
from linli.act.casework.wording import case_title, place_name, step_name, time_left
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings.seeing import readings_seen

SOON = timedelta(hours=2)
SEARCHED_AT_MOST = 50


@dataclass(frozen=True)
class TodayItem:
    """One line: ``kind`` is request or warning; ``due`` is the next thing owed, ``None`` while the clock stands still.

    ``urgent`` asks for the attention colour; ``reasons`` are short human phrases in the order to show them.
    """

    case: Case
    kind: str
    title: str
    place: str
    due: datetime | None
    due_text: str
    urgent: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class TodayGroup:
    """``key`` is first, morning, afternoon, later or done."""

    key: str
    title: str
    items: tuple[TodayItem, ...]


@dataclass(frozen=True)
class TodayList:
    """``open`` cases are still to do, ``done`` were fed back today."""

    groups: tuple[TodayGroup, ...]
    open: int
    done: int


def case_rows(actor: Actor) -> CaseQuerySet:
    """Cases that the actor may see, with everything that a row of a list shows."""
    return Case.objects.visible_to(actor).select_related(
        "grid", "building__estate", "facility", "handler", "warning", "home"
    )


def readings_of(cases: Iterable[Case], actor: Actor | None) -> frozenset[int]:
    """The warnings behind ``cases`` whose readings the actor may know."""
    return readings_seen([case.warning for case in cases if case.warning is not None], actor)


def list_cases(
    actor: Actor,
    *,
    states: tuple[str, ...] = (),
    grid_id: int | None = None,
    building_id: int | None = None,
    level: str | None = None,
    mine: bool = False,
    overdue_at: datetime | None = None,
    words: str = "",
) -> CaseQuerySet:
    """Newest first; every filter narrows. With ``words`` those that fit best come first (:func:`ranked`)."""
    rows = case_rows(actor)
    if states:
        rows = rows.filter(state__in=states)
    if grid_id is not None:
        rows = rows.filter(grid_id=grid_id)
    if building_id is not None:
        rows = rows.filter(building_id=building_id)
    if level:
        rows = rows.filter(level=level)
    if mine:
        rows = rows.filter(handler_id=actor.account_id or 0)
    if overdue_at is not None:
        rows = rows.overdue(overdue_at)
    if words.strip():
        return ranked(rows, words, actor)
    return rows.order_by("-opened_at", "-id")


def search(words: str, *, actor: Actor) -> list[Case]:
    """At most 50 cases for words, a number, a place, a kind of matter or a handler; see :func:`ranked`."""
    if not words.strip():
        return []
    return in_full(numbers_of(ranked(case_rows(actor), words, actor))[:SEARCHED_AT_MOST], actor)


def numbers_of(rows: CaseQuerySet) -> QuerySet:
    """The keys of ``rows`` in their order. A database that sorts ten thousand cases to show thirty sorts keys ten times faster
    than all that a row of a list shows: cut these, and read what is left :func:`in_full`."""
    return rows.values_list("pk", flat=True)


def in_full(pks: Iterable[int], actor: Actor) -> list[Case]:
    """The cases of these keys, in this order, with everything that a row of a list shows."""
    order = list(pks)
    rows = {case.pk: case for case in case_rows(actor).filter(pk__in=order)}
    return [rows[pk] for pk in order if pk in rows]


def next_due(case: Case) -> tuple[str, datetime] | None:
    """The next thing owed (accept, contact, finish) and when; ``None`` while the clock stands still or nothing is owed."""
    if case.paused_at is not None or case.state in ENDED or case.state == State.EVALUATING:
        return None
    if case.state == State.SUBMITTED:
        return "accept", case.accept_by
    if case.contacted_at is None and case.contact_by < case.finish_by:
        return "contact", case.contact_by
    return "finish", case.finish_by


def today_list(actor: Actor, now: datetime) -> TodayList:
    """What the actor has to do: its own cases, and its grids' (community staff: the community's) that nobody has.

    *First*: danger, overdue, due within two hours, or sent back unhappy. *Done*: what somebody finished today.
    """
    midnight = clock.midnight(timezone.localtime(now).date())
    noon, tomorrow = midnight + timedelta(hours=12), midnight + timedelta(days=1)
    ours = Q(handler_id=actor.account_id or 0) | Q(handler=None)
    if actor.is_community_staff:
        ours |= Q(state__in=[State.ESCALATED, State.REOPENED]) | Q(word_at__isnull=False)
    open_cases = list(case_rows(actor).filter(ours, Q(state__in=UNFINISHED) | Q(word_at__isnull=False)))
    done_cases = list(
        case_rows(actor)
        .filter(Q(handler_id=actor.account_id or 0) | Q(handler=None))
        .exclude(Q(state__in=UNFINISHED) | Q(word_at__isnull=False))
        .filter(fed_back_at__gte=midnight)
        .exclude(state=State.MERGED)
        .order_by("-fed_back_at")
    )
    seen = readings_of([*open_cases, *done_cases], actor)
    to_do = [_item(case, actor, now, seen) for case in open_cases]
    done = [_item(case, actor, now, seen) for case in done_cases]
    groups: dict[str, list[TodayItem]] = {"first": [], "morning": [], "afternoon": [], "later": []}
    for item in to_do:
        groups[_group(item, noon, tomorrow)].append(item)
    for items in groups.values():
        items.sort(
            key=lambda item: (item.case.level not in (Level.P0,), item.due or datetime.max.replace(tzinfo=now.tzinfo))
        )
    titles = {"first": _("先做"), "morning": _("上午"), "afternoon": _("下午"), "later": _("往后"), "done": _("做完了")}
    return TodayList(
        groups=tuple(
            TodayGroup(key, titles[key], tuple(items)) for key, items in (*groups.items(), ("done", done)) if items
        ),
        open=len(to_do),
        done=len(done),
    )


def _group(item: TodayItem, noon: datetime, tomorrow: datetime) -> str:
    if item.urgent:
        return "first"
    if item.due is None or item.due > tomorrow:
        return "later"
    return "morning" if item.due <= noon else "afternoon"


def _item(case: Case, actor: Actor, now: datetime, seen: frozenset[int]) -> TodayItem:
    owed = next_due(case)
    due = owed[1] if owed else None
    sent_back = case.state == State.REOPENED
    danger = case.level == Level.P0 and case.state in UNFINISHED
    urgent = danger or sent_back or case.word_at is not None or (due is not None and due - now <= SOON)
    return TodayItem(
        case=case,
        kind="warning" if case.warning_id is not None else "request",
        title=case_title(case, seen),
        place=place_name(case),
        due=due,
        due_text=time_left(case, owed, now) if owed else "",
        urgent=urgent,
        reasons=tuple(_reasons(case, actor, owed)),
    )


def _reasons(case: Case, actor: Actor, owed: tuple[str, datetime] | None) -> list[str]:
    said = [f"{case.level} {Level(case.level).label}"]
    if case.word_at is not None:
        said.append(_("办完以后居民又说话了，请回一声"))
    if case.state == State.REOPENED:
        said.append(_("居民不满意，重新办理"))
    elif case.state == State.WAITING_CITIZEN:
        said.append(_("等居民回话，时钟已停"))
    elif case.state == State.SUSPENDED:
        said.append(_("挂账，%(day)s 再看") % {"day": case.review_on or ""})
    elif case.state == State.SUBMITTED:
        said.append(_("还没受理"))
    elif case.state == State.RETURNED:
        said.append(_("网格退回，等改派"))
    elif case.state == State.ESCALATED:
        said.append(_("网格上报"))
    elif case.handler_id is None and case.state in UNFINISHED:
        said.append(_("还没有人接"))
    elif case.handler_id == actor.account_id and case.state == State.DISPATCHED:
        said.append(_("已派给你"))
    if owed and owed[0] != "accept":
        said.append(_("下一步：%(step)s") % {"step": step_name(owed[0], from_device=case.from_device)})
    return said
