"""How long the register keeps whom, and how a person's entry goes: last of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.retention.erasing import erase_resident
from linli.foundation.privacy.retention.expiring import Found, Note, add, count, expires
from linli.foundation.privacy.retention.person import Kept, Leaving, erases, keeps, spares, take_row, what_stays
from linli.foundation.privacy.retention.rules import rule_of
from linli.foundation.registry.models import Household, ImportRun, ImportUpload, Owner, Resident
from linli.foundation.tenancy import active_community_id


@dataclass(frozen=True)
class Gone:
    """The expiry of people who moved away or died: each is erased as a whole, everywhere."""

    key: str = "registry.Resident"
    everywhere: bool = False

    def look(self, as_of: datetime) -> Found:
        return count(self._due(as_of), "left_on")

    def step(self, as_of: datetime, note: Note) -> bool:
        """The first of whom nothing must stay; the others wait for another night."""
        actor = Actor.for_system("retention", active_community_id())
        for resident in self._due(as_of).order_by("pk"):
            if what_stays(resident, ""):
                continue
            with transaction.atomic():
                number = resident.pk
                erase_resident(resident, reason="rule", about=f"resident:{number}", actor=actor)
                note(1, [str(number)])
            return True
        return False

    def _due(self, as_of: datetime) -> QuerySet[Resident]:
        return Resident.objects.filter(left_on__lt=rule_of(self.key).cutoff(as_of).date())


def what_is_owned(resident: Resident, about: str) -> Iterator[Kept]:
    homes = Owner.homes.through.objects.filter(owner__resident=resident).count()
    if homes:
        yield Kept("owner", _("名下有 %(n)d 套房，业主名册要留到卖掉那天") % {"n": homes})


def forget_person(leaving: Leaving) -> None:
    """Parties of owners that own nothing, files waiting to be imported (they hold everybody), then the entry itself."""
    for party in Owner.objects.filter(resident=leaving.resident_id):
        take_row(leaving, party)
    leaving.went("registry.ImportUpload", ImportUpload.objects.all().delete()[0])
    household = leaving.resident.household_id
    take_row(leaving, leaving.resident)
    leaving.went("registry.Household", _empty().filter(pk=household or 0).delete()[0])


def _empty() -> QuerySet[Household]:
    return Household.objects.filter(members__isnull=True)


def register() -> None:
    add(Gone())
    expires("registry.Household", lambda before: _empty(), moment="pk", resident="")
    expires("registry.Owner", lambda before: Owner.objects.filter(homes__isnull=True), moment="pk", resident="")
    expires(
        "registry.ImportRun", lambda before: ImportRun.objects.filter(imported_at__lt=before), moment="imported_at",
        resident="",
    )  # fmt: skip
    expires(
        "registry.ImportUpload", lambda before: ImportUpload.objects.filter(uploaded_at__lt=before),
        moment="uploaded_at", resident="",
    )  # fmt: skip
    keeps("registry.owner", what_is_owned)
    erases(
        "registry.entry",
        forget_person,
        tables=(
            "registry.Resident",
            "registry.Household",
            "registry.Owner",
            "registry.Owner_homes",
            "registry.ImportUpload",
        ),
        order=100,
    )
    spares(
        ("registry.Home", "registry.Building", "registry.Entrance", "registry.Facility", "registry.ImportRun"),
        "places, and which file was imported by whom",
    )
