"""Lists of cases for staff: today's work in the order to do it, filtered lists, search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.act.casework.models import ENDED, UNFINISHED, Case, CaseQuerySet, CaseRequest, Level, State
from linli.act.casework.queries.finding import BestFirst, ranked
from linli.act.casework.wording import case_title, place_name, step_name, time_left
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings.seeing import readings_seen

SOON = timedelta(hours=2)
SEARCHED_AT_MOST = 50
GROUPS = ("first", "morning", "afternoon", "later")
ORDERED_BY = (
    "pk", "warning_id", "level", "state", "word_at", "paused_at", "accept_by", "contacted_at", "contact_by", "finish_by",
)  # fmt: skip
"""What decides where in today's list a case stands."""
_NEVER = datetime.max.replace(tzinfo=UTC)


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
    """``key`` is first, morning, afternoon, later or done; ``total`` counts those too that are not among ``items``."""

    key: str
    title: str
    items: tuple[TodayItem, ...]
    total: int


@dataclass(frozen=True)
class TodayList:
    """``open`` cases are still to do, ``done`` were fed back today, ``kinds`` counts both by request and warning.

    ``groups`` are of the kind that was asked for; ``left_out`` of its cases come after the last that is shown.
    """

    groups: tuple[TodayGroup, ...]
    open: int
    done: int
    kinds: Mapping[str, int]
    left_out: int


class Owing(Protocol):
    """What says of a case what is owed next: the case, or a row of these columns."""

    @property
    def state(self) -> str: ...
    @property
    def paused_at(self) -> datetime | None: ...
    @property
    def accept_by(self) -> datetime: ...
    @property
    def contacted_at(self) -> datetime | None: ...
    @property
    def contact_by(self) -> datetime: ...
    @property
    def finish_by(self) -> datetime: ...


def case_rows(actor: Actor) -> CaseQuerySet:
    """Cases that the actor may see, with everything that a row of a list shows."""
    said = CaseRequest.objects.filter(case=OuterRef("pk"), withdrawn_at=None)
    rows = Case.objects.visible_to(actor).annotate(somebody_said_it=Exists(said))
    return rows.select_related("grid", "building__estate", "facility", "handler", "warning", "home")


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
    return in_full(BestFirst(Case.objects.visible_to(actor), words, actor)[:SEARCHED_AT_MOST], actor)


def case_keys(actor: Actor, *, words: str = "", **narrowed: Any) -> QuerySet | BestFirst:
    """The keys of :func:`list_cases` in its order. A database that sorts ten thousand cases to show thirty sorts keys ten times
    faster than all that a row of a list shows: cut these, and read what is left :func:`in_full`."""
    rows = list_cases(actor, **narrowed)
    return BestFirst(rows, words, actor) if words.strip() else rows.values_list("pk", flat=True)


def in_full(pks: Iterable[int], actor: Actor) -> list[Case]:
    """The cases of these keys, in this order, with everything that a row of a list shows."""
    order = list(pks)
    rows = {case.pk: case for case in case_rows(actor).filter(pk__in=order)}
    return [rows[pk] for pk in order if pk in rows]


def next_due(case: Owing) -> tuple[str, datetime] | None:
    """The next thing owed (accept, contact, finish) and when; ``None`` while the clock stands still or nothing is owed."""
    if case.paused_at is not None or case.state in ENDED or case.state == State.EVALUATING:
        return None
    if case.state == State.SUBMITTED:
        return "accept", case.accept_by
    if case.contacted_at is None and case.contact_by <= case.finish_by:
        return "contact", case.contact_by
    return "finish", case.finish_by


def today_list(actor: Actor, now: datetime, *, kind: str = "", at_most: int | None = None) -> TodayList:
    """What the actor has to do: its own cases, and its grids' (community staff: the community's) that nobody has.

    *First*: danger, overdue, due within two hours, or sent back unhappy. *Done*: what somebody finished today.
    ``kind`` shows requests or warnings alone; ``at_most`` shows the first ones, everything is counted.
    """
    midnight = clock.midnight(timezone.localtime(now).date())
    noon, tomorrow = midnight + timedelta(hours=12), midnight + timedelta(days=1)
    rows = Case.objects.visible_to(actor)
    nobodys = Q(handler_id=actor.account_id or 0) | Q(handler=None)
    ours = nobodys
    if actor.is_community_staff:
        ours |= Q(state__in=[State.ESCALATED, State.REOPENED]) | Q(word_at__isnull=False)
    open_ones = rows.active().filter(ours, state__in=UNFINISHED).union(rows.filter(ours, word_at__isnull=False))
    done_ones = (
        rows.filter(nobodys, fed_back_at__gte=midnight)
        .exclude(Q(state__in=UNFINISHED) | Q(word_at__isnull=False))
        .exclude(state=State.MERGED)
        .order_by("-fed_back_at")
    )
    placed: dict[str, list[Any]] = {key: [] for key in GROUPS}
    for row in open_ones.values_list(*ORDERED_BY, named=True):
        placed[_group(row, now, noon, tomorrow)].append(row)
    for one in placed.values():
        one.sort(key=lambda row: (row.level != Level.P0, due[1] if (due := next_due(row)) else _NEVER, row.pk))
    placed["done"] = list(done_ones.values_list(*ORDERED_BY, named=True))
    kinds = Counter(_kind(row) for some in placed.values() for row in some)
    wanted = {key: [row.pk for row in some if not kind or _kind(row) == kind] for key, some in placed.items()}
    shown = {case.pk: case for case in in_full([pk for pks in wanted.values() for pk in pks][:at_most], actor)}
    seen = readings_of(shown.values(), actor)
    titles = {"first": _("先做"), "morning": _("上午"), "afternoon": _("下午"), "later": _("往后"), "done": _("做完了")}
    groups = (
        TodayGroup(key, titles[key], tuple(_item(shown[pk], actor, now, seen) for pk in pks if pk in shown), len(pks))
        for key, pks in wanted.items()
    )
    return TodayList(
        groups=tuple(group for group in groups if group.items),
        open=sum(len(placed[key]) for key in GROUPS),
        done=len(placed["done"]),
        kinds=kinds,
        left_out=sum(map(len, wanted.values())) - len(shown),
    )


def _kind(case: Any) -> str:
    return "warning" if case.warning_id is not None else "request"


def _urgent(case: Any, now: datetime) -> bool:
    """Of a case, or of a row of :data:`ORDERED_BY`."""
    owed = next_due(case)
    danger = case.level == Level.P0 and case.state in UNFINISHED
    sent_back = case.state == State.REOPENED
    return danger or sent_back or case.word_at is not None or (owed is not None and owed[1] - now <= SOON)


def _group(case: Any, now: datetime, noon: datetime, tomorrow: datetime) -> str:
    if _urgent(case, now):
        return "first"
    owed = next_due(case)
    if owed is None or owed[1] > tomorrow:
        return "later"
    return "morning" if owed[1] <= noon else "afternoon"


def _item(case: Case, actor: Actor, now: datetime, seen: frozenset[int]) -> TodayItem:
    owed = next_due(case)
    return TodayItem(
        case=case,
        kind=_kind(case),
        title=case_title(case, seen),
        place=place_name(case),
        due=owed[1] if owed else None,
        due_text=time_left(case, owed, now) if owed else "",
        urgent=_urgent(case, now),
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
        said.append(_("下一步：%(step)s") % {"step": step_name(owed[0], nobody_reported=case.nobody_reported())})
    return said
