"""How long rounds and visits stay; a person's go with the person, and so does what was opened at their door."""

from __future__ import annotations

from linli.act.care.models import Round, Visit
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Leaving, erases


def forget_person(leaving: Leaving) -> None:
    """The rows go with the resident's; here only what a missed visit opened is named."""
    opened = Visit.objects.filter(round__resident=leaving.resident_id, request__isnull=False)
    leaving.requests |= set(opened.values_list("request_id", flat=True))


def register() -> None:
    expires("care.Round", lambda before: Round.objects.filter(ended_at__lt=before), moment="ended_at")
    expires(
        "care.Visit",
        lambda before: Visit.objects.filter(due_on__lt=before.date()).exclude(state=Visit.State.DUE),
        moment="due_on",
    )
    erases("care.rounds", forget_person, order=5)
