"""Today's list as the page shows it: groups, chips with counts, and which line is open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.act.casework.queries import TodayGroup, TodayItem, TodayList


@dataclass(frozen=True)
class Chip:
    key: str
    label: str
    count: int
    on: bool


def chips_of(today: TodayList, chosen: str) -> list[Chip]:
    """全部, 诉求, 预警: how many each holds, done ones included as on the picture."""
    counts = Counter(item.kind for group in today.groups for item in group.items)
    labels = {"all": _("全部"), "request": _("诉求"), "warning": _("预警")}
    counts["all"] = counts.total()
    return [Chip(key, label, counts[key], key == chosen) for key, label in labels.items()]


def groups_of(today: TodayList, chosen: str) -> list[TodayGroup]:
    if chosen == "all":
        return list(today.groups)
    groups = (
        TodayGroup(group.key, group.title, tuple(i for i in group.items if i.kind == chosen)) for group in today.groups
    )
    return [group for group in groups if group.items]


def first_of(groups: list[TodayGroup]) -> TodayItem | None:
    return next((item for group in groups for item in group.items), None)
