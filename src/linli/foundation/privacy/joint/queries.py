"""Reading joint counts: what may be shown of them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import NotFound
from linli.foundation.privacy.joint.models import WORKFLOW, JointLogEntry, JointPartner, JointRun, State
from linli.foundation.privacy.joint.permissions import may_do
from linli.foundation.privacy.joint.rules.bands import BANDS, FEWEST, shown
from linli.foundation.privacy.joint.rules.noise import error95


@dataclass(frozen=True)
class Told:
    """``sentence`` is the result in words; ``bands`` are (label, count or ``None`` for too few, share of the largest in
    percent); ``give_or_take`` is the error in people, 19 times in 20."""

    sentence: str
    total: int | None
    bands: Sequence[tuple[str, int | None, int]]
    give_or_take: int


def partners(actor: Actor) -> QuerySet[JointPartner]:
    """Live partners, those that wait for the second person first; raises :class:`NotAllowed`."""
    require(actor, "joint.see")
    rows = JointPartner.objects.visible_to(actor).filter(ended_at__isnull=True)
    return rows.select_related("added_by", "confirmed_by").order_by("confirmed_at", "pk")


def runs(actor: Actor) -> QuerySet[JointRun]:
    """Newest first; raises :class:`NotAllowed`."""
    require(actor, "joint.see")
    rows = JointRun.objects.visible_to(actor).select_related("partner", "proposed_by", "approved_by")
    return rows.order_by("-proposed_at", "-pk")


def run_for(actor: Actor, run_id: int) -> JointRun:
    """Raises :class:`NotFound`, :class:`NotAllowed`."""
    found = runs(actor).filter(pk=run_id).first()
    if found is None:
        raise NotFound
    return found


def log_of(actor: Actor, run: str | None = None) -> QuerySet[JointLogEntry]:
    """Of one run oldest first, of all of them newest first; raises :class:`NotAllowed`."""
    require(actor, "joint.see")
    rows = JointLogEntry.objects.visible_to(actor)
    return rows.order_by("-number") if run is None else rows.filter(run=run).order_by("number")


def allowed_verbs(run: JointRun, actor: Actor) -> list[str]:
    """What the actor may do to it now, in the table's order."""
    return [step.verb for step in WORKFLOW.allowed(run.state) if may_do(actor, frozenset(step.who), run)]


def told(run: JointRun) -> Told | None:
    """The result as it may be shown; ``None`` before there is one."""
    if run.state != State.DONE:
        return None
    total, counts = shown(run.counts)
    error = error95(run.epsilon)
    if run.banded:
        error = round(error * len(BANDS) ** 0.5)
    if total is None:
        sentence = _("两边名单上都有的，不到 %(n)d 个人。人太少，不显示数字。") % {"n": FEWEST}
    else:
        sentence = _("两边名单上都有的，大约 %(n)d 个人，上下差 %(error)d 个左右。") % {"n": total, "error": error}
    most = max((count for count in counts if count is not None), default=0) or 1
    bands = [
        (band_label(low, high), count, round(100 * (count or 0) / most))
        for (low, high), count in zip(BANDS, counts, strict=False)
    ]
    return Told(sentence, total, bands if run.banded else (), error95(run.epsilon))


def band_label(low: int, high: int | None) -> str:
    return _("%(low)d 岁以上") % {"low": low} if high is None else _("%(low)d–%(high)d 岁") % {"low": low, "high": high}


def why_stopped(code: str) -> str:
    """The word in which a run ended, as a sentence for staff."""
    words = {
        "broken": _("线路断了，还没有说出任何数字。"),
        "killed": _("程序中途停了。"),
        "no_answer": _("两个星期没有等到对方。"),
        "not_approved": _("对方还没有同意这一次。"),
        "list_size": _("有一边的名单太短，会认出人来。"),
        "small_change": _("名单和上次只差几个人，不能数。"),
        "runs_a_quarter": _("90 天里已经数过两次。"),
        "epsilon_a_year": _("今年的次数用完了。"),
        "signature": _("签名不对，结果不能用。"),
        "receipt": _("对方的回执签名不对。"),
        "repeated": _("对方把同一个人送了两遍，不能数。"),
        "not_an_element": _("对方送来的数据不对。"),
        "other_terms": _("两边同意的内容不一样。"),
        "refused": _("对方那边不能开始。"),
    }
    return words.get(code, _("出了错（%(code)s），没有得到数字。") % {"code": code})
