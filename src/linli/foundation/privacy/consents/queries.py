"""What a person agreed to and refused, and the papers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.consents.models import Decline, Ending, PaperForm, Testimony
from linli.foundation.privacy.consents.paper import consent_purposes
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import Purpose
from linli.foundation.registry.models import Resident

FORMS_SHOWN = 3


@dataclass(frozen=True)
class Standing:
    """One purpose as it stands for one person at home.

    ``consent`` is in force; ``ended`` is the newest that is not, with its :class:`Ending`. ``lapsed`` asks the person anew: a
    guardian's yes ended at the 14th birthday. ``stopped_by_another``: the person agrees, somebody else who lives there does not.
    """

    purpose: Purpose
    consent: Consent | None
    ended: Consent | None
    ending: Ending | None
    declined: Decline | None
    stopped_by_another: bool

    @property
    def lapsed(self) -> bool:
        of_age = self.ending is not None and self.ending.reason == Ending.Reason.OF_AGE
        return of_age and self.consent is None and self.declined is None

    @property
    def changed(self) -> bool:
        """Whether what was agreed to ended because the charter changed, and the person has not chosen again."""
        ended = self.ending is not None and self.ending.reason == Ending.Reason.PURPOSE_CHANGED
        return ended and self.consent is None and self.declined is None

    @property
    def delete_by(self) -> date | None:
        """Until when what was gathered is erased; ``None`` when it is erased or nothing ended."""
        return self.ending.delete_by if self.ending is not None and self.ending.erased_at is None else None


def standings_of(resident: Resident) -> list[Standing]:
    """Every purpose that asks for consent, as it stands for ``resident``, in the order of the register."""
    consents = Consent.objects.filter(resident=resident).select_related(
        "ending", "testimony__guardianship__guardian", "testimony__taken_by"
    )
    by_purpose: dict[str, list[Consent]] = {}
    for consent in consents.prefetch_related("testimony__photos").order_by("-given_at", "-pk"):
        by_purpose.setdefault(consent.purpose, []).append(consent)
    at_home = Decline.objects.filter(
        home=resident.home_id, resident__home=resident.home_id, resident__left_on__isnull=True, lifted_at__isnull=True
    )
    refused_by_somebody = set()
    declines = {}
    for one in at_home:
        refused_by_somebody.add(one.purpose)
        if one.resident_id == resident.pk:
            declines[one.purpose] = one
    standings = []
    for purpose in consent_purposes(resident):
        rows = by_purpose.get(purpose.key, [])
        live = next((one for one in rows if one.withdrawn_at is None), None)
        ended = next((one for one in rows if one.withdrawn_at is not None), None)
        standings.append(
            Standing(
                purpose=purpose,
                consent=live,
                ended=ended,
                ending=getattr(ended, "ending", None),
                declined=declines.get(purpose.key),
                stopped_by_another=live is not None and purpose.key in refused_by_somebody,
            )
        )
    return standings


def forms_waiting(resident: Resident) -> list[PaperForm]:
    """Printed and not yet entered, the newest first; nobody at a desk scans a code with the screen that printed it."""
    return list(resident.consent_forms.filter(entered_at__isnull=True).order_by("-printed_at", "-pk")[:FORMS_SHOWN])


def form_for(actor: Actor, code: str) -> PaperForm:
    """The printed form with this code; raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = (
        PaperForm.objects.visible_to(actor)
        .select_related("resident__home__entrance__building__estate")
        .filter(code=code.upper())
        .first()
    )
    if found is None:
        raise NotFound
    return found


def may_see_paper(actor: Actor, photo: Attachment) -> bool:
    """Whoever may see the consent sees the paper that was signed for it."""
    return Testimony.objects.filter(photos=photo, consent__in=Consent.objects.visible_to(actor)).exists()


@dataclass(frozen=True)
class PurposeCount:
    """How many agree now, how many said no, and how many ended ones wait to be erased."""

    purpose: Purpose
    agreed: int
    declined: int
    to_erase: int
    overdue: int


def counts_by_purpose() -> list[PurposeCount]:
    """For the community in scope."""
    today = clock.today()
    agreed: dict[str, int] = dict(
        Consent.objects.in_force().values_list("purpose").annotate(n=Count("pk")).values_list("purpose", "n")
    )
    declined: dict[str, int] = dict(
        Decline.objects.filter(lifted_at__isnull=True)
        .values_list("purpose")
        .annotate(n=Count("pk"))
        .values_list("purpose", "n")
    )
    waiting = Ending.objects.filter(erased_at__isnull=True).values_list("consent__purpose").annotate(n=Count("pk"))
    to_erase: dict[str, int] = dict(waiting.values_list("consent__purpose", "n"))
    overdue: dict[str, int] = dict(waiting.filter(delete_by__lt=today).values_list("consent__purpose", "n"))
    return [
        PurposeCount(
            purpose=purpose,
            agreed=agreed.get(purpose.key, 0),
            declined=declined.get(purpose.key, 0),
            to_erase=to_erase.get(purpose.key, 0),
            overdue=overdue.get(purpose.key, 0),
        )
        for purpose in consent_purposes()
    ]
