"""How a need is told: where, what, since when and who has it. A shared screen is told less."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.act.casework.models import Case
from linli.act.casework.queries import next_due
from linli.act.casework.wording import case_title, category_name, lateness
from linli.faces.cockpit.queries import Need
from linli.faces.kit import humantime
from linli.understand.triage.taxonomy import OF_DEVICES, category
from linli.understand.warnings.explaining import sentence, title
from linli.understand.warnings.models import Warning
from linli.understand.warnings.seeing import look_in_title, readings_seen

ON_A_WALL: dict[str, Promise] = {
    "trapped": gettext_lazy("电梯可能困人"),
    "smoke": gettext_lazy("烟雾报警没人确认"),
}
"""What passers-by may read beside a building. Of what listens to sensitive devices they read that somebody is to go."""


def named(need: Need, *, wall: bool, now: datetime, seen: Collection[int] = ()) -> dict[str, Any]:
    """One line of the list. ``wall`` leaves out a resident's own words, the handler's name and every link.

    ``seen`` are the warnings whose readings the reader may know: none on a screen that many share.
    """
    return {
        "rank": need.rank,
        "standing": need.standing.key,
        "building_id": need.matter.building_id,
        "place": str(need.place) if need.place else _("地点待确认"),
        "what": what(need, wall=wall, seen=seen),
        "due": due(need, now=now),
        "about": about(need, now=now),
        "held": need.matter.held,
        "who": who(need, wall=wall),
        "href": "" if wall else address(need),
    }


def what(need: Need, *, wall: bool, seen: Collection[int] = ()) -> str:
    """A warning in its detector's sentence, a request by its title; on a wall only what kind of thing it is."""
    case = need.case
    warning = need.warning or (case.warning if case else None)
    if warning is not None and (case is None or not case.title):
        if warning.pk not in seen and warning.pk not in readings_seen([warning], None):
            return look_in_title(warning)
        return str(ON_A_WALL.get(warning.kind, _("设备预警"))) if wall else told(warning)
    if case is None or category(case.category).restricted:
        return _("一件不公开的事")
    return category_name(case) if wall else case_title(case, seen)


def told(warning: Warning) -> str:
    """The detector's sentence; its title for a warning of a version whose sentence is gone."""
    try:
        return sentence(warning.kind, warning.evidence)
    except KeyError:
        return title(warning.kind)


def due(need: Need, *, now: datetime) -> str:
    """When the next step is due and what was missed; how long it has waited when nothing has a date."""
    owed = next_due(need.case) if need.case is not None else None
    if need.case is not None and owed is not None and (late := lateness(need.case, owed, now)):
        return late
    owed_by = need.matter.owed_by or need.matter.finish_by
    return humantime.left(owed_by, now) if owed_by else humantime.waited(need.matter.since, now)


def about(need: Need, *, now: datetime) -> str:
    found = need.warning is not None or (need.case and (need.case.warning_id or need.case.category in OF_DEVICES))
    told = _("自己发现") if found else _("居民来报")
    since = humantime.at(need.matter.since, now)
    return _("%(told)s · %(since)s") % {"told": told, "since": since}


def who(need: Need, *, wall: bool) -> str:
    grid = _grid_name(need.case or need.warning)
    if not need.matter.held:
        return _("%(grid)s 还没有人接") % {"grid": grid} if grid else _("还没有人接")
    handler = need.case.handler if need.case else None
    if wall or handler is None:
        return _("%(grid)s 已接手") % {"grid": grid} if grid else _("已接手")
    return _("%(grid)s %(name)s 在办") % {"grid": grid, "name": handler.display_name}


def _grid_name(about: Case | Warning | None) -> str:
    return str(about.grid) if about is not None and about.grid is not None else ""


def address(need: Need) -> str:
    return case_address(need.case.pk) if need.case is not None else warning_address(need.matter.warning_id or 0)


def case_address(pk: int) -> str:
    """The case on the workbench."""
    return reverse("workbench:case", args=[pk])


def warning_address(pk: int) -> str:
    return reverse("workbench:warning", args=[pk])


def local_day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
