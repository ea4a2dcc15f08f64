"""Where a matter stands, in a resident's words: four named steps and one short sentence."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from linli.act.casework.models import State
from linli.act.casework.wording import PROGRESS

REACHED = {
    State.SUBMITTED: 1,
    State.ACCEPTED: 1,
    State.RETURNED: 1,
    State.DISPATCHED: 2,
    State.ESCALATED: 2,
    State.IN_PROGRESS: 3,
    State.WAITING_CITIZEN: 3,
    State.SUSPENDED: 3,
    State.REOPENED: 3,
    State.EVALUATING: 4,
    State.CLOSED: 4,
    State.ARCHIVED: 4,
}

IN_PLAIN_WORDS = {
    State.SUBMITTED: _("收到了"),
    State.ACCEPTED: _("收到了"),
    State.RETURNED: _("正在换人办"),
    State.DISPATCHED: _("已经派人"),
    State.ESCALATED: _("已报给上级"),
    State.IN_PROGRESS: _("有人在办"),
    State.WAITING_CITIZEN: _("等您回话"),
    State.SUSPENDED: _("先记着，到日子再办"),
    State.REOPENED: _("重新在办"),
    State.EVALUATING: _("请您评价"),
    State.CLOSED: _("办完了"),
    State.ARCHIVED: _("办完了"),
    State.MERGED: _("和别人的一起办"),
    State.WITHDRAWN: _("您撤回了"),
    State.REJECTED: _("没有受理"),
    State.TRANSFERRED: _("转给别的单位了"),
}

NEEDS_THE_RESIDENT = (State.WAITING_CITIZEN, State.EVALUATING)


@dataclass(frozen=True)
class Step:
    name: str
    done: bool
    current: bool


@dataclass(frozen=True)
class Progress:
    """``tone`` is the tag's class: ``go`` under way, ``att`` the resident is asked for something, empty at rest."""

    steps: tuple[Step, ...]
    reached: int
    words: str
    tone: str


def progress_of(state: str | None) -> Progress:
    """``None`` is a request that has no case yet: it has been received. States off the path have no steps."""
    state = State(state or State.SUBMITTED)
    reached = REACHED.get(state, 0)
    finished = state in (State.CLOSED, State.ARCHIVED)
    steps = tuple(
        Step(str(name), done=n < reached or finished, current=n == reached and not finished)
        for n, name in enumerate(PROGRESS, start=1)
    )
    if state in NEEDS_THE_RESIDENT:
        tone = "att"
    elif reached and not finished:
        tone = "go"
    else:
        tone = ""
    return Progress(steps if reached else (), reached, str(IN_PLAIN_WORDS[state]), tone)
