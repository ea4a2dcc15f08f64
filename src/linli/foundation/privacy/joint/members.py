"""Whom our list holds: residents by a declared choice, without those who objected and without children under 14."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from linli.foundation.privacy.door import NotDeclared, use
from linli.foundation.privacy.joint.models import JointRun, People
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.rights.models import Suspension
from linli.foundation.registry.models import Resident
from linli.foundation.registry.rules.identity import BadIdentity, normalised

PURPOSE = "joint_statistics"
BY_AGE = "joint_age_bands"
"""The separate consent without which nobody is counted by age band."""
YOUNGEST = 14
AT_ONCE = 200
"""Records written in one transaction."""


def members(people: str, on: date, *, banded: bool) -> QuerySet[Resident]:
    """Residents on the list; by age band only those who agreed to that."""
    oldest_birth = _years_before(on, YOUNGEST if people == People.ALL else int(people))
    purposes = [PURPOSE, BY_AGE] if banded else [PURPOSE]
    stopped = Suspension.objects.filter(purpose__in=purposes, ended_at__isnull=True).values("resident_id")
    found = Resident.objects.living_here().filter(birth_date__lte=oldest_birth).exclude(identity_number="")
    found = found.exclude(pk__in=stopped)
    if banded:
        found = found.filter(pk__in=Consent.objects.in_force().filter(purpose=BY_AGE).values("resident_id"))
    return found.order_by("pk")


def numbers_of(run: JointRun) -> frozenset[str]:
    """The canonical identity numbers, each taken through the door and on record for its person; a number that is none is
    left out."""
    found: set[str] = set()
    residents = list(members(run.people, run.on, banded=run.banded))
    for start in range(0, len(residents), AT_ONCE):
        with transaction.atomic():
            for resident in residents[start : start + AT_ONCE]:
                # Who objected or withdrew a moment ago, and who has a number that is none, is left out.
                with suppress(NotDeclared, BadIdentity):
                    found.add(normalised(use(resident, "identity_number", purpose_of(run), about=f"joint:{run.pk}")))
    return frozenset(found)


def purpose_of(run: JointRun) -> str:
    return BY_AGE if run.banded else PURPOSE


def members_before(run: JointRun) -> list[frozenset[int]]:
    """The residents of each earlier run with this partner that cost something: from the records that they read."""
    earlier = JointRun.objects.filter(partner__fingerprint=run.partner.fingerprint, spent_at__isnull=False)
    return [
        frozenset(
            AccessRecord.objects.filter(about=f"joint:{pk}", field="identity_number").values_list(
                "resident_id", flat=True
            )
        )
        for pk in earlier.exclude(pk=run.pk).values_list("pk", flat=True)
    ]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
