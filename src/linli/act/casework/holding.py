"""Cases that a resident's words became, how they are named, and why they were sorted as they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from linli.act.casework.models import Case, CaseRequest, Rating
from linli.act.casework.wording import category_path, matter_title
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident

ASKED_AT_MOST = 20


def _joined(resident: Resident):
    return (
        CaseRequest.objects.filter(request__speaker=resident)
        .select_related("case__warning", "request")
        .order_by("-joined_at")
    )


def cases_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    joined = _joined(resident)
    newest = joined.first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for row in joined:
            case = row.case
            yield {
                "number": case.number,
                "title": matter_title(row.request, case),
                "category": category_path(case),
                "level": case.get_level_display(),
                "state": case.get_state_display(),
                "opened_at": case.opened_at,
                "finish_by": case.finish_by,
                "closed_at": case.closed_at,
                "outcome": case.get_outcome_display(),
                "result": case.result,
            }

    yield Held(
        key="cases",
        title=_("为您办的事"),
        words=_("%(n)d 件工单：谁办、到哪一步、办成什么样。") % {"n": joined.count()},
        table="casework.Case",
        sources=("staff", "system"),
        purposes=("case_contact",),
        rows=rows,
        labels={
            "number": _("编号"),
            "title": _("什么事"),
            "category": _("分类"),
            "level": _("缓急"),
            "state": _("办到哪里"),
            "opened_at": _("开始"),
            "result": _("办成什么样"),
        },
        newest_at=newest.joined_at,
        icon="list",
        url="portal:matters",
    )


def ratings_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    ratings = list(Rating.objects.filter(request__speaker=resident).select_related("case").order_by("-at"))
    if not ratings:
        return

    def rows() -> Iterator[Row]:
        for rating in ratings:
            yield {
                "at": rating.at,
                "number": rating.case.number,
                "solved": rating.solved,
                "satisfaction": rating.get_satisfaction_display(),
                "reason": rating.reason,
            }

    yield Held(
        key="ratings",
        title=_("您的评价"),
        words=_("%(n)d 次。") % {"n": len(ratings)},
        table="casework.Rating",
        sources=("self",),
        purposes=("case_contact",),
        rows=rows,
        labels={
            "at": _("时间"),
            "number": _("编号"),
            "solved": _("办好了"),
            "satisfaction": _("满意不满意"),
            "reason": _("您的话"),
        },
        newest_at=ratings[0].at,
        icon="star",
        url="portal:matters",
    )


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    """A case by the resident's own words where it has some, by the home's warning else; a neighbour's never."""
    words = {
        row.case_id: _("办您反映的“%(title)s”") % {"title": matter_title(row.request, row.case)}
        for row in _joined(resident).filter(case__in=numbers)
    }
    others = set(numbers) - words.keys()
    at_home = Case.objects.filter(pk__in=others, home=resident.home_id or 0) if others else Case.objects.none()
    return words | {case.pk: _("处理您家里的一件事，编号 %(number)s") % {"number": case.number} for case in at_home}


def decisions(resident: Resident) -> list[tuple[int, str]]:
    """The newest matters: somebody may ask why one was sorted so, or how urgent it was held to be (PIPL art. 24)."""
    return [
        (row.case_id, _("“%(title)s”定为%(level)s") % {
            "title": matter_title(row.request, row.case), "level": row.case.get_level_display(),
        })
        for row in _joined(resident)[:ASKED_AT_MOST]
    ]  # fmt: skip


def explain(pk: int, resident: Resident) -> str:
    row = _joined(resident).filter(case=pk).first()
    if row is None:
        return ""
    return _("归到“%(category)s”这一类，缓急定为%(level)s，所以最晚 %(by)s 办好。工作人员看过，可以改。") % {
        "category": category_path(row.case),
        "level": row.case.get_level_display(),
        "by": f"{row.case.finish_by:%Y-%m-%d}",
    }


def register() -> None:
    holds(
        "casework.cases",
        cases_of,
        tables=(
            "casework.Case", "casework.CaseRequest", "casework.CaseEntry", "casework.CasePause", "casework.DeadlineMark",
            "casework.Errand",
            "casework.CallAttempt", "casework.PublicCard", "casework.CaseWords",
        ),
        order=21,
    )  # fmt: skip
    holds("casework.ratings", ratings_of, tables=("casework.Rating",), order=22)
    holds_nothing(("casework.CaseWatch", "casework.Mention"), "which of the staff watch a case or were named in a note")
    holds_nothing(
        ("casework.CaseCheck", "casework.CaseSpending", "casework.QualityCheck"),
        "what staff and firms did and used, of no resident",
    )
    holds_nothing(("casework.CaseNumbers",), "counts the day's cases")
    holds_nothing(("casework.OutsideUnit",), "firms and departments, and the telephone they answer on duty")
    holds_nothing(
        (
            "casework.DispatchRule",
            "casework.AnswerTemplate",
            "casework.DeadlineVersion",
            "casework.DeadlineLimit",
            "casework.Checklist",
            "casework.ChecklistRow",
            "casework.QualityShare",
        ),
        "rules of the community; names who changed them last among its staff",
    )
