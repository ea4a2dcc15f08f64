"""A reading stays as a category once its request is without words; the words that it was read from go with them."""

from __future__ import annotations

from django.db.models import QuerySet

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Leaving, erases
from linli.sense.requests import retention as said
from linli.sense.requests.models import Request
from linli.understand.triage.models import CategoryModel, Reading


def forget_evidence(requests: QuerySet[Request]) -> int:
    """Blank the words that were read in these requests; returns in how many."""
    rows = Reading.objects.filter(request__in=requests.values("pk")).exclude(evidence=[])
    return rows.update(evidence=[])


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
    erases("triage.readings", forget_person, tables=("triage.Reading",), order=15)
