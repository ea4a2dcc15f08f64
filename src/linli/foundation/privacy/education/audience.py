"""Who receives a practice message: staff by duty, residents only when they agreed to be tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linli.foundation import clock
from linli.foundation.accounts.models import Account, Grant
from linli.foundation.accounts.roles import STAFF
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import active_community_id

PURPOSE = "fraud_drill"


@dataclass(frozen=True)
class Recipient:
    phone: str
    language: str
    grid_id: int | None


def recipients(audience: str) -> list[Recipient]:
    """Everybody of the audience who has a mobile phone, each number once."""
    found = _staff() if audience == "staff" else _volunteers()
    return list({person.phone: person for person in found}.values())


def _staff() -> Iterator[Recipient]:
    now = clock.now()
    grants = Grant.objects.filter(
        role__in=STAFF,
        community_id=active_community_id(),
        starts_at__lte=now,
        expires_at__gt=now,
        account__is_active=True,
    ).select_related("account")
    for grant in grants.order_by("pk"):
        yield from _reachable(grant.account, grant.account, "staff_notice", grant.grid_id)


def _volunteers() -> Iterator[Recipient]:
    agreed = Consent.objects.in_force().filter(purpose=PURPOSE, resident__left_on__isnull=True)
    for consent in agreed.select_related("resident__account", "home__entrance__building").order_by("pk"):
        resident = consent.resident
        account = getattr(resident, "account", None)
        yield from _reachable(account, resident, PURPOSE, consent.home.entrance.building.grid_id)


def _reachable(
    account: Account | None, holder: Account | Resident, purpose: str, grid_id: int | None
) -> Iterator[Recipient]:
    number = mobile_of(holder, purpose, about="drill")
    if number is not None:
        yield Recipient(number, account.language if account else "zh-hans", grid_id)
