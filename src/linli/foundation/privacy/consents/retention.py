"""How long what stands behind a consent is kept, and what is erased when one ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Count, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.consents.actions import end_consent, end_guardianship
from linli.foundation.privacy.consents.gathering import spans_of, take_out, whole_home
from linli.foundation.privacy.consents.models import Decline, Ending, Guardianship, PaperForm
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.retention import tombstones
from linli.foundation.privacy.retention.expiring import Found, Note, add, count, expires
from linli.foundation.privacy.retention.holding_back import held_residents
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Going, Leaving, erases, stores
from linli.foundation.tenancy import active_community_id


@dataclass(frozen=True)
class Gathered:
    """The expiry of what was gathered under consents that have ended: one consent a step."""

    key: str = "consents.Ending:gathered"
    everywhere: bool = False

    def look(self, as_of: datetime) -> Found:
        due = self._due(as_of)
        parts = due.values_list("consent__purpose").annotate(n=Count("pk")).order_by()
        return replace(count(due, "consent__withdrawn_at"), details=dict(parts))

    def step(self, as_of: datetime, note: Note) -> bool:
        with transaction.atomic():
            ending = self._due(as_of).select_related("consent").order_by("pk").first()
            if ending is None:
                return False
            erase_gathered(ending.consent)
            note(1, [str(ending.pk)])
        return True

    def _due(self, as_of: datetime) -> QuerySet[Ending]:
        about = Concat(Value("consent:"), Cast(OuterRef("consent_id"), CharField()), output_field=CharField())
        under_way = Erasure.objects.filter(about=about)
        due = Ending.objects.filter(erased_at__isnull=True, consent__withdrawn_at__lte=as_of)
        return due.exclude(Exists(under_way)).exclude(consent__resident__in=held_residents())


@transaction.atomic
def erase_gathered(consent: Consent, *, reason: str = Erasure.Reason.CONSENT) -> Erasure:
    """Take out what was gathered under a consent that has ended; the lake and the stream follow within the minute."""
    community_id = active_community_id()
    going = Going(about=f"consent:{consent.pk}", actor=Actor.for_system("retention", community_id))
    take_out(spans_of([consent]), going)
    going.later("endings", [consent.pk])
    if reason != Erasure.Reason.RESTORE:
        going.later("tombstones", [tombstones.of_consent(consent)])
    if going.subjects:
        going.later("events", [{"subjects": sorted(going.subjects), "resident": 0, "account": 0}])
    return Erasure.objects.create(
        reason=reason, about=going.about, work=dict(going.work), places=dict(going.places), begun_at=clock.now()
    )


def forget_person(leaving: Leaving) -> None:
    """What was gathered goes, what stands ends: children whose guardian this was decide by another; then rows go with
    the person's own."""
    for guardianship in Guardianship.objects.filter(guardian=leaving.resident_id, ended_at__isnull=True):
        end_guardianship(guardianship, actor=leaving.actor)
    own = Consent.objects.filter(resident=leaving.resident_id)
    ending = list(own.in_force())
    spans = spans_of(own.exclude(withdrawn_at__isnull=True))
    leaving.went("consents.Decline", Decline.objects.filter(resident=leaving.resident_id).delete()[0])
    for consent in ending:
        end_consent(consent, Ending.Reason.WITHDRAWN, actor=leaving.actor)
        consent.refresh_from_db()
    spans += spans_of(ending)
    if leaving.alone and leaving.resident.home_id is not None:
        spans.append(whole_home(leaving.resident.home_id))
    take_out(spans, leaving)


def mark_erased(consent_ids: Sequence[int], erasure: Erasure) -> int:
    """The last step: the receipt may say that it is erased."""
    Ending.objects.filter(consent__in=consent_ids, erased_at__isnull=True).update(erased_at=clock.now())
    return 0


def register() -> None:
    add(Gathered())
    expires("consents.Decline", lambda before: Decline.objects.filter(lifted_at__lt=before), moment="lifted_at")
    expires("consents.PaperForm", lambda before: PaperForm.objects.filter(printed_at__lt=before), moment="printed_at")
    expires("consents.Guardianship", lambda before: Guardianship.objects.filter(ended_at__lt=before), moment="ended_at")
    expires(
        "privacy.Consent",
        lambda before: Consent.objects.filter(withdrawn_at__lt=before).exclude(ending__erased_at__isnull=True),
        moment="withdrawn_at",
    )
    erases("consents.gathered", forget_person, order=30)
    stores("endings", mark_erased, last=True)
