"""By when somebody is at the place of a warning: one moment, whoever asks for it and on whatever page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.models import Ladder, Warning


@dataclass(frozen=True)
class ArrivalTerm:
    """Somebody is there at ``due``, ``minutes`` after ``since``: when ``who`` said that they go or, as long as nobody has
    (``who`` is empty), when it began to sound.

    ``handed_to`` goes instead of ``who``, by the same moment. ``next_minutes`` is what the community's plan says now, for whoever
    says next that they go.
    """

    due: datetime
    since: datetime
    minutes: float
    next_minutes: float
    who: str = ""
    handed_to: str = ""


def arrival_term(warning: Warning) -> ArrivalTerm | None:
    """As the climb of the warning counts it (``Ladder.arrive_by``); ``None`` for one about which nobody is called."""
    plan = plan_in_force()
    if not plan.ladder(warning.kind, warning.level):
        return None
    within = plan.arrival(warning.kind, warning.level).within
    climbs = list(Ladder.objects.filter(warning=warning).select_related("said_by").order_by("pk"))
    began, since = _this_time(warning, climbs)
    if warning.state == Warning.State.OPEN:
        return _nobody_goes(began, within)
    terms = [one for one in since if one.asks_after]
    if warning.awaits_arrival:
        terms = [one for one in terms if one.said_by_id == warning.acknowledged_by_id]
    if terms:
        return _of_climb(terms[-1], since, within)
    if warning.awaits_arrival and warning.acknowledged_at is not None:
        said = max(warning.acknowledged_at, began)
        who = warning.acknowledged_by.display_name if warning.acknowledged_by is not None else ""
        return ArrivalTerm(said + timedelta(minutes=within), said, within, within, who)
    return _nobody_goes(began, within)


def _this_time(warning: Warning, climbs: Sequence[Ladder]) -> tuple[datetime, Sequence[Ladder]]:
    """When it began to sound, and the climbs since: of one that somebody has been at before, since it opened again."""
    if warning.reopened_at is None:
        return warning.opened_at, climbs
    return warning.reopened_at, [one for one in climbs if one.started_at >= warning.reopened_at]


def _nobody_goes(began: datetime, within: float) -> ArrivalTerm:
    return ArrivalTerm(began + timedelta(minutes=within), began, within, within)


def _of_climb(climb: Ladder, since: Sequence[Ladder], within: float) -> ArrivalTerm:
    assert climb.arrive_by is not None and climb.said_at is not None
    first = next(one for one in since if one.arrive_by == climb.arrive_by)
    said = first.said_at or climb.said_at
    minutes = (climb.arrive_by - said).total_seconds() / 60
    names = [one.said_by.display_name if one.said_by is not None else "" for one in (first, climb)]
    return ArrivalTerm(
        climb.arrive_by, said, minutes, within, names[0], handed_to=names[1] if climb.handed_from_id is not None else ""
    )
