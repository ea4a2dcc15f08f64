"""Who was called about a warning, in lines for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from linli.act.casework.models import Errand
from linli.act.casework.queries.outside import came_for
from linli.foundation.notices.models import Notice
from linli.understand.warnings.call_words import who_goes
from linli.understand.warnings.calling import calls_of, goes_on, next_with_people
from linli.understand.warnings.climbing import BEGINNING, At
from linli.understand.warnings.models import Call, Ladder, Warning


@dataclass
class Called:
    """One person on one rung, with every way in which they were called and what became of it."""

    at: datetime
    round: int
    role: str
    who: str
    nobody: bool
    reminds: bool = False
    said: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    answered_at: datetime | None = None
    how: str = ""

    @property
    def ways(self) -> str:
        return "，".join(self.said)


@dataclass(frozen=True)
class Climb:
    """``going``: people are called, or waited for; what was answered a moment ago goes on no more, though its row is ended by
    the worker. ``next_role`` is who is called when nobody answers, past rungs on which nobody stands; empty after the last, and ``again`` says
    that it begins anew then. ``there`` are units from outside that came while it went on.

    ``waits`` while whoever said that they go (``who``) has time to get there; ``late`` tells that they have not.
    """

    row: Ladder
    calls: list[Called]
    going: bool
    waits_for_morning: bool
    next_role: str
    again: bool = False
    waits: bool = False
    who: str = ""
    late: str = ""
    there: list[Errand] = field(default_factory=list)


def climbs_of(warning: Warning) -> list[Climb]:
    climbs = calls_of(warning)
    came = came_for(warning.pk) if climbs else []
    return [_climb(ladder, warning, came) for ladder in climbs]


def _climb(ladder: Ladder, warning: Warning, came: list[Errand]) -> Climb:
    calls = sorted(ladder.calls.all(), key=lambda one: one.pk)
    going, after_answer = ladder.ended_at is None and goes_on(ladder, warning), ladder.asks_after
    not_begun = At(ladder.round, ladder.rung) == BEGINNING
    up = next_with_people(ladder) if going else None
    return Climb(
        ladder, _by_person(calls), going, not_begun and not after_answer,
        str(up.label) if up is not None else "",
        again=warning.sounds,
        there=[
            one for one in came
            if one.arrived_at
            and ladder.started_at <= one.arrived_at
            and (ladder.ended_at is None or one.arrived_at <= ladder.ended_at)
        ],
        waits=after_answer and not_begun,
        who=(ladder.said_by.display_name if ladder.said_by else _("有人")) if after_answer else "",
        late=who_goes(ladder) if after_answer and going and not not_begun else "",
    )  # fmt: skip


def _by_person(calls: Iterable[Call]) -> list[Called]:
    lines: dict[tuple, Called] = {}
    for call in calls:
        name = call.account.display_name if call.account else _("已离开的人")
        line = lines.setdefault(
            (call.round, call.rung, call.account_id),
            Called(call.called_at, call.round, str(call.get_role_display()), name, call.nobody, reminds=call.reminds),
        )
        line.said.append(_delivered(call))
        if call.unreadable:
            line.troubles.append(_("%(way)s：号码打不开，发不了") % {"way": call.get_way_display()})
        if call.notice is not None and call.notice.last_error:
            line.troubles.append(f"{call.get_way_display()}：{call.notice.last_error}")
        if call.answered_at is not None:
            line.answered_at, line.how = call.answered_at, str(call.get_answer_display())
    return list(lines.values())


def _delivered(call: Call) -> str:
    """Handed over to the network is what can be known of a message; that somebody has read it, only their answer tells."""
    way = str(call.get_way_display())
    if call.way == Call.Way.APP or call.notice is None:
        return way
    match call.notice.state:
        case Notice.State.SENT:
            return _("%(way)s发出了") % {"way": way}
        case Notice.State.FAILED:
            return _("%(way)s没发出去") % {"way": way}
        case _state:
            return _("%(way)s在发") % {"way": way}
