"""Today's list as the page shows it: groups, chips with counts, and which line is open."""

from __future__ import annotations

from collections.abc import Iterable
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
    labels = {"all": _("全部"), "request": _("诉求"), "warning": _("预警")}
    counts = {**today.kinds, "all": sum(today.kinds.values())}
    return [Chip(key, label, counts.get(key, 0), key == chosen) for key, label in labels.items()]


def first_of(groups: Iterable[TodayGroup]) -> TodayItem | None:
    return next((item for group in groups for item in group.items), None)
