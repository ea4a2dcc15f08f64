"""The rows behind every number: the same filters as the counts, cut to what the actor may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.act.casework.models import ENDED, Case, Rating, State
from linli.act.casework.rules.three_rates import SATISFIED_FROM
from linli.act.casework.wording import case_title, lateness, place_name
from linli.faces.cockpit import queries
from linli.faces.cockpit.standing import Standing
from linli.faces.cockpit.wording import case_address, local_day, named, warning_address
from linli.faces.kit import humantime
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotFound
from linli.foundation.privacy.masking import mask_name
from linli.foundation.registry.models import Building, Resident
from linli.sense.telemetry import speaking
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device
from linli.understand.triage.taxonomy import category
from linli.understand.warnings.models import Warning
from linli.understand.warnings.seeing import readings_seen
from linli.understand.warnings.seeing import title as title_of
from linli.understand.warnings.worked_on import deaf_devices

Asked = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """``rows`` are those that the actor may see; ``counted`` is what the number on the cockpit counted."""

    title: str
    columns: tuple[str, ...]
    rows: QuerySet | list
    counted: int
    cells: Callable[[Any], tuple[str, ...]]
    href: Callable[[Any], str] = lambda row: ""


def table(what: str, asked: Asked, *, actor: Actor, now: datetime) -> Table:
    """Raises :class:`NotFound` for an unknown kind of row and :class:`Invalid` for a filter that cannot be read."""
    if what not in TABLES:
        raise NotFound()
    return TABLES[what](asked, actor, now)


def cases(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Filters: ``stage``, ``grid`` (id, or none), ``building``, ``week`` with ``by`` told or found, ``rate``."""
    rows, title = Case.objects.all(), _("手上的事")
    week = asked.get("week")
    if week:
        starts = clock.midnight(_day(week, "week"))
        rows, title = rows.filter(opened_at__gte=starts, opened_at__lt=starts + timedelta(weeks=1)), _("这一周的事")
        if asked.get("by") in {"found", "told"}:
            rows = rows.filter(queries.FOUND if asked["by"] == "found" else ~queries.FOUND)
    elif asked.get("rate") == "response":
        rows, title = rows.filter(closed_at__gte=now - queries.RATES_OVER, closed_at__lt=now), _("近 30 天办结的事")
    else:
        rows = rows.exclude(state__in=ENDED)
    stage = asked.get("stage")
    if stage == "overdue":
        rows, title = rows.overdue(now), _("已超期的事")
    elif stage in queries.STAGES:
        rows = rows.filter(state__in=queries.STAGES[stage])
    if "grid" in asked:
        rows = rows.filter(grid__isnull=True) if asked["grid"] == "none" else rows.filter(grid=_number(asked, "grid"))
    if "building" in asked:
        pk = _number(asked, "building")
        rows = rows.filter(Q(building=pk) | Q(facility__building=pk))
        building = Building.objects.select_related("estate").filter(pk=pk).first()
        title = str(building) if building else title
    rows = rows.order_by("finish_by", "pk")
    mine = _visible(rows, actor)
    known = readings_seen(Warning.objects.filter(case__in=mine.order_by()).exclude(evidence={}), actor)
    return Table(
        title,
        (_("编号"), _("什么事"), _("地方"), _("网格"), _("状态"), _("级别"), _("期限"), _("谁在办")),
        mine.select_related("building__estate", "facility", "grid", "handler", "warning"),
        rows.count(),
        lambda case: (
            case.number,
            _("一件不公开的事") if category(case.category).restricted else case_title(case, known),
            place_name(case),
            str(case.grid.number) if case.grid else "",
            case.get_state_display(),
            case.get_level_display(),
            _when(case, now),
            case.handler.display_name if case.handler else "",
        ),
        lambda case: case_address(case.pk),
    )


def _when(case: Case, now: datetime) -> str:
    """The time left while somebody works; then whether it was done in time, and at the end the day."""
    if case.state in ENDED:
        return local_day(case.closed_at or case.opened_at)
    if case.state == State.EVALUATING and case.fed_back_at is not None:
        return _("按期办完") if case.fed_back_at <= case.finish_by else _("超期办完")
    return lateness(case, ("finish", case.finish_by), now) or humantime.left(case.finish_by, now)


def needs(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Where a person is needed, gravest first: cases, and warnings without one. Filter: ``standing``."""
    matters = queries.open_matters(now)
    listed = matters.needs()
    if "standing" in asked:
        wanted = _standings(asked["standing"])
        listed = [need for need in listed if need.standing in wanted]
    cases_seen = set(Case.objects.visible_to(actor).filter(pk__in=list(matters.cases)).values_list("pk", flat=True))
    warnings_seen = set(
        Warning.objects.visible_to(actor).filter(pk__in=list(matters.warnings)).values_list("pk", flat=True)
    )
    seen = [
        need
        for need in listed
        if (need.case.pk in cases_seen if need.case else need.matter.warning_id in warnings_seen)
    ]
    about = [need.warning or (need.case and need.case.warning) for need in seen]
    known = readings_seen([one for one in about if one], actor)
    told = {need.rank: named(need, wall=False, now=now, seen=known) for need in seen}
    return Table(
        _("需要人的事"),
        (_("次序"), _("哪里"), _("什么事"), _("期限"), _("怎么知道的"), _("谁在办")),
        seen,
        len(listed),
        lambda need: (
            str(need.rank),
            told[need.rank]["place"],
            told[need.rank]["what"],
            told[need.rank]["due"],
            told[need.rank]["about"],
            told[need.rank]["who"],
        ),
        lambda need: told[need.rank]["href"],
    )


def warnings(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Filters: ``ended`` (today), ``false``, ``id``; without any the active ones."""
    rows, title = Warning.objects.active(), _("现在的预警")
    if "id" in asked:
        rows = Warning.objects.filter(pk=_number(asked, "id"))
    elif "ended" in asked:
        rows, title = (
            Warning.objects.filter(ended_at__gte=queries.start_of_day(now), ended_at__lte=now),
            _("今天处理完的预警"),
        )
        if "false" in asked:
            rows, title = rows.filter(state=Warning.State.FALSE), _("今天的误报")
    rows = rows.order_by("-opened_at", "pk")
    mine = _visible(rows, actor)
    known = readings_seen(mine, actor)
    return Table(
        title,
        (_("哪里"), _("是什么"), _("级别"), _("状态"), _("几时发现"), _("工单")),
        mine.select_related("building__estate", "case"),
        rows.count(),
        lambda warning: (
            str(warning.building or ""),
            title_of(warning, known),
            warning.level,
            warning.get_state_display(),
            local_day(warning.opened_at),
            warning.case.number if hasattr(warning, "case") else "",
        ),
        lambda warning: warning_address(warning.pk),
    )


def ratings(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Filters: ``rate`` solved or satisfied; the last thirty days' answers, the unhappy first."""
    rows = Rating.objects.filter(case__closed_at__gte=now - queries.RATES_OVER, case__closed_at__lt=now)
    counted = rows.count()
    seen = (
        rows.filter(case__in=Case.objects.visible_to(actor)).select_related("case__grid").order_by("satisfaction", "pk")
    )
    return Table(
        _("近 30 天的评价"),
        (_("编号"), _("网格"), _("办好了吗"), _("满意吗"), _("算满意"), _("原因"), _("时间")),
        seen,
        counted,
        lambda rating: (
            rating.case.number,
            str(rating.case.grid.number) if rating.case.grid else "",
            _("办好了") if rating.solved else _("没办好"),
            rating.get_satisfaction_display(),
            _("是") if rating.satisfaction >= SATISFIED_FROM else _("否"),
            rating.reason,
            local_day(rating.at),
        ),
        lambda rating: case_address(rating.case_id),
    )


def devices(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Filters: ``type`` (several with commas between), ``speaking``, ``silent``; ``deaf`` (``worked_on`` or ``broken``): those
    about danger that nobody is called about."""
    rows, title = speaking.asked(), _("感知设备")
    if "deaf" in asked:
        broken = asked["deaf"] == "broken"
        rows = Device.objects.filter(pk__in=[one.device.pk for one in deaf_devices() if bool(one.until) != broken])
        title = _("修过还不能用的险情设备") if broken else _("在修的险情设备")
    if "type" in asked:
        kinds = asked["type"].split(",")
        if not CATALOGUE.keys() >= set(kinds):
            raise Invalid(_("没有这种设备。"), field="type")
        rows = rows.filter(type__in=kinds)
        title = str(CATALOGUE[kinds[0]].label) if len(kinds) == 1 else title
    if "speaking" in asked:
        rows = rows.filter(speaking.speaks(now))
    if "silent" in asked:
        rows, title = rows.filter(speaking.is_silent(now)), _("没消息的设备")
    rows = rows.order_by("last_seen_at", "code")
    return Table(
        title,
        (_("编号"), _("种类"), _("哪里"), _("最近一次说话")),
        _visible(rows, actor).select_related("building__estate", "facility"),
        rows.count(),
        lambda device: (
            device.code,
            str(CATALOGUE[device.type].label) if device.type in CATALOGUE else device.type,
            str(device.facility or device.building or ""),
            humantime.ago(device.last_seen_at, now) if device.last_seen_at else _("从未"),
        ),
    )


def residents(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Filters: ``from`` and ``to`` (full years), ``sex``. Names stay masked: opening one leaves a record elsewhere."""
    rows, title = Resident.objects.living_here(), _("住在这里的人")
    today = timezone.localtime(now).date()
    if "from" in asked:
        low, high = _number(asked, "from"), _number(asked, "to") if asked.get("to") else None
        if not 0 <= low <= 150 or (high is not None and not low <= high <= 150):
            raise Invalid(_("年龄要在 0 到 150 之间。"), field="from")
        rows = rows.filter(queries.aged(today, low, high))
        title = (
            _("%(low)d 岁以上") % {"low": low}
            if high is None
            else _("%(low)d–%(high)d 岁") % {"low": low, "high": high}
        )
    if asked.get("sex") in Resident.Sex.values:
        rows = rows.filter(sex=asked["sex"])
    rows = rows.order_by("birth_date", "pk")
    return Table(
        title,
        (_("姓名"), _("性别"), _("年龄"), _("住处"), _("网格")),
        _visible(rows, actor).select_related("home__entrance__building__estate", "home__entrance__building__grid"),
        rows.count(),
        lambda resident: (
            mask_name(resident.name),
            resident.get_sex_display(),
            str(resident.age_on(today)),
            str(resident.home.entrance.building) if resident.home else "",
            str(resident.home.entrance.building.grid.number) if resident.home else "",
        ),
    )


def buildings(asked: Asked, actor: Actor, now: datetime) -> Table:
    """Filters: ``standing`` danger, attention, watch or calm; without it all."""
    worst = queries.open_matters(now).worst
    rows, title = Building.objects.all(), _("楼幢")
    if "standing" in asked:
        wanted = _standings(asked["standing"])
        graver = [pk for pk, standing in worst.items() if standing != Standing.CALM]
        rows = (
            rows.exclude(pk__in=graver)
            if Standing.CALM in wanted
            else rows.filter(pk__in=[pk for pk, standing in worst.items() if standing in wanted])
        )
    rows = rows.select_related("estate", "grid").order_by("estate_id", "pk")
    words = {
        Standing.DANGER: _("马上要人到场"),
        Standing.ATTENTION: _("今天要处理"),
        Standing.WATCH: _("有人在办"),
        Standing.CALM: _("平稳"),
    }
    return Table(
        title,
        (_("楼幢"), _("网格"), _("层数"), _("现在")),
        _visible(rows, actor),
        rows.count(),
        lambda building: (
            str(building),
            str(building.grid.number),
            str(building.storeys),
            words[worst.get(building.pk, Standing.CALM)],
        ),
        lambda building: f"?building={building.pk}",
    )


TABLES: dict[str, Callable[[Asked, Actor, datetime], Table]] = {
    "needs": needs,
    "cases": cases,
    "warnings": warnings,
    "ratings": ratings,
    "devices": devices,
    "residents": residents,
    "buildings": buildings,
}


def _visible(rows: QuerySet, actor: Actor) -> QuerySet:
    model = rows.model
    return rows.filter(pk__in=model.objects.visible_to(actor).order_by().values("pk"))


def _standings(words: str) -> Iterable[Standing]:
    try:
        return [Standing[word.upper()] for word in words.split(",")]
    except KeyError:
        raise Invalid(_("没有这种状态。"), field="standing") from None


def _number(asked: Asked, name: str) -> int:
    try:
        number = int(asked[name])
    except ValueError:
        number = -1
    if not 0 <= number < 2**62:
        raise Invalid(_("“%(name)s”要是一个数。") % {"name": name}, field=name)
    return number


def _day(words: str, name: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Invalid(_("日期要写成 2026-03-02 这样。"), field=name) from None
