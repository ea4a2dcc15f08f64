"""How far a resident's matter is, in their words: four named steps, two or three words, and one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.act.casework.models import Case, Outcome, State

STEPS = (gettext_lazy("收到"), gettext_lazy("派人"), gettext_lazy("在办"), gettext_lazy("评价"))

REACHED = {
    State.SUBMITTED: 1,
    State.ACCEPTED: 1,
    State.RETURNED: 1,
    State.DISPATCHED: 2,
    State.IN_PROGRESS: 3,
    State.ESCALATED: 3,
    State.WAITING_CITIZEN: 3,
    State.SUSPENDED: 3,
    State.REOPENED: 3,
    State.EVALUATING: 4,
    State.CLOSED: 4,
    State.ARCHIVED: 4,
}
"""Steps reached; states that are not here have left the path."""

WORDS = {
    State.SUBMITTED: gettext_lazy("收到了"),
    State.ACCEPTED: gettext_lazy("收到了"),
    State.RETURNED: gettext_lazy("正在换人办"),
    State.DISPATCHED: gettext_lazy("已经派人"),
    State.ESCALATED: gettext_lazy("已报给上级"),
    State.IN_PROGRESS: gettext_lazy("有人在办"),
    State.WAITING_CITIZEN: gettext_lazy("等您回话"),
    State.SUSPENDED: gettext_lazy("先记着，到日子再办"),
    State.REOPENED: gettext_lazy("重新在办"),
    State.EVALUATING: gettext_lazy("请您评价"),
    State.CLOSED: gettext_lazy("办完了"),
    State.ARCHIVED: gettext_lazy("办完了"),
    State.MERGED: gettext_lazy("和别人的一起办"),
    State.WITHDRAWN: gettext_lazy("您撤回了"),
    State.REJECTED: gettext_lazy("没有受理"),
    State.TRANSFERRED: gettext_lazy("转给别的单位了"),
}


@dataclass(frozen=True)
class Step:
    name: str
    done: bool
    current: bool


@dataclass(frozen=True)
class Progress:
    """``steps`` is empty off the path. ``tone``: ``go`` under way, ``att`` the resident is asked for something, else empty."""

    steps: tuple[Step, ...]
    reached: int
    words: str
    sentence: str
    tone: str


def progress_of(case: Case | None, *, withdrawn: bool = False) -> Progress:
    """``None`` is a request that has no case yet: it has been received. ``withdrawn`` when only this speaker took it back."""
    state = State.WITHDRAWN if withdrawn else State(case.state) if case is not None else State.SUBMITTED
    reached = REACHED.get(state, 0)
    finished = state in (State.CLOSED, State.ARCHIVED)
    steps = tuple(
        Step(str(name), done=n < reached or finished, current=n == reached and not finished)
        for n, name in enumerate(STEPS, start=1)
    )
    if state in (State.WAITING_CITIZEN, State.EVALUATING):
        tone = "att"
    else:
        tone = "go" if reached and not finished else ""
    return Progress(steps if reached else (), reached, str(WORDS[state]), _sentence(case, state), tone)


def _sentence(case: Case | None, state: State) -> str:
    handler = case.handler.display_name if case is not None and case.handler is not None else ""
    match state:
        case State.SUBMITTED | State.ACCEPTED | State.RETURNED:
            return _("收到了，正在安排人。")
        case State.DISPATCHED if handler:
            return _("派给了%(name)s。") % {"name": handler}
        case State.DISPATCHED:
            return _("派到网格了，马上有人接。")
        case State.IN_PROGRESS:
            return _("%(name)s正在办。") % {"name": handler or _("社区")}
        case State.ESCALATED:
            return _("网格办不了，已经报到社区。")
        case State.REOPENED:
            return _("没办好的，正在重新办。")
        case State.WAITING_CITIZEN:
            return _("有一件事要问您，请回话。")
        case State.SUSPENDED:
            return _("现在办不了，%(day)s 再看。") % {"day": (case and case.review_on) or ""}
        case State.EVALUATING:
            return _("%(outcome)s。请您看看满意不满意。") % {"outcome": Outcome(case.outcome).label if case else ""}
        case State.CLOSED | State.ARCHIVED:
            return _("办结了。")
        case State.TRANSFERRED:
            return _("不归社区管，已经转给别的单位。")
        case State.WITHDRAWN:
            return _("您撤回了。")
        case State.REJECTED:
            return _("这件事社区不能受理，原因在下面。")
    return _("和另一件一起办。")
