"""A reading stays as a category once its request is without words; the words that it was read from go with them."""

from __future__ import annotations

from django.db.models import QuerySet

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Leaving, erases
from linli.sense.requests import retention as said
from linli.sense.requests.models import Request
from linli.understand.triage.models import CategoryModel, Reading, Suggestion


def forget_evidence(requests: QuerySet[Request]) -> int:
    """Blank the words that were read in these requests and whom they were likened to; returns in how many."""
    pks = [str(pk) for pk in requests.values_list("pk", flat=True)]
    Suggestion.objects.filter(request__in=requests.values("pk")).exclude(evidence=[]).update(evidence=[])
    Suggestion.objects.filter(request__in=requests.values("pk"), kind__in=OF_A_PERSON).delete()
    Suggestion.objects.filter(kind=Suggestion.Kind.DUPLICATE, value__in=pks).delete()
    rows = Reading.objects.filter(request__in=requests.values("pk")).exclude(evidence=[], names=[])
    return rows.update(evidence=[], names=[])


OF_A_PERSON = (
    Suggestion.Kind.PLACE,
    Suggestion.Kind.AT_RISK,
    Suggestion.Kind.MOOD,
    Suggestion.Kind.REPEATED,
    Suggestion.Kind.DUPLICATE,
)
"""What says something of whoever spoke, and not of the matter."""


def forget_person(leaving: Leaving) -> None:
    leaving.went("triage.Reading#deidentify", forget_evidence(said.said_by(leaving)))


def register() -> None:
    expires(
        "triage.CategoryModel",
        lambda before: CategoryModel.objects.filter(trained_at__lt=before).exclude(
            standing=CategoryModel.Standing.IN_USE
        ),
        moment="trained_at",
        resident="",
    )
    erases("triage.readings", forget_person, tables=("triage.Reading", "triage.Suggestion"), order=15)
