"""A draft answer from past good answers: what was told in a like matter, and how that was found."""

from __future__ import annotations

from dataclasses import dataclass

from linli.act.casework.models import Case, Outcome, Rating
from linli.foundation.accounts.actor import Actor
from linli.understand.text.masking import mask
from linli.understand.triage.replies import Answers, Question

LOOKED_AT = 300
SHOWN = 3
GOOD = Rating.Satisfaction.BASICALLY_SATISFIED
LEAST_SHARED = 1


@dataclass(frozen=True)
class Draft:
    """``text`` is the past answer with names, numbers and addresses covered; ``shared`` led there."""

    case: Case
    text: str
    outcome: str
    satisfaction: str
    shared: tuple[str, ...]


def drafts_for(case: Case, actor: Actor) -> list[Draft]:
    """At most three answers to matters of the same class that their residents called solved and were content with.

    Reading names costs some tens of milliseconds: for the form in which an answer is written, not for lists.
    """
    first = case.joined.select_related("request").order_by("request__said_at").first()
    if first is None:
        return []
    good = Rating.objects.filter(solved=True, satisfaction__gte=GOOD, case__category__startswith=case.category[:2])
    past = {
        row.case_id: row
        for row in good.exclude(case=case)
        .exclude(case__result="")
        .filter(case__in=Case.objects.visible_to(actor))
        .select_related("case")
        .order_by("-at")[:LOOKED_AT]
    }
    rows = list(past.values())
    found = Answers([f"{row.case.title} {row.case.result}" for row in rows]).find(
        Question(case.title, first.request.words), at_most=SHOWN
    )
    return [
        Draft(
            case=rows[one.number].case,
            text=mask(rows[one.number].case.result),
            outcome=str(Outcome(rows[one.number].case.outcome).label) if rows[one.number].case.outcome else "",
            satisfaction=str(rows[one.number].get_satisfaction_display()),
            shared=tuple(mask(piece) for piece in one.shared),
        )
        for one in found
        if len(one.shared) >= LEAST_SHARED
    ]
