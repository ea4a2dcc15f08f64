"""From an account to the actor it is now."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor, Held, held_from
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import AGE_OF_OWN_CONSENT, Role
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import every_community
from linli.foundation.vault.fields import holds


def actor_of(account: Account, *, now: datetime | None = None) -> Actor:
    """Resolve grants and proxy authorities that are in force at ``now``; an inactive account is nobody.

    A role counts in the account's own community only; a street office's account has none of its own and several roles.
    Who is in the registry is a resident and who holds a live authority is a proxy: those two roles need no grant. An
    authority ends with its principal: who has left or died is nobody's principal.
    """
    if not account.is_active:
        return Actor.nobody()
    moment = now or clock.now()
    grants = account.grants.filter(starts_at__lte=moment, expires_at__gt=moment)
    if account.community_id is not None:
        grants = grants.filter(community_id=account.community_id)
    held = held_from(grants)
    authorities = account.authorities.filter(
        starts_at__lte=moment, ends_at__gt=moment, revoked_at__isnull=True, principal__left_on__isnull=True
    )
    principal_scopes = frozenset(
        (principal, scope)
        for principal, scopes in authorities.values_list("principal_id", "scopes")
        for scope in scopes
    )
    principals = frozenset(principal for principal, _ in principal_scopes)
    derived = (Role.RESIDENT,) * bool(account.resident_id) + (Role.FAMILY_PROXY,) * bool(principals)
    granted = {h.role for h in held}
    return Actor(
        community_id=account.community_id,
        account_id=account.pk,
        name=account.display_name,
        held=held + tuple(Held(role) for role in derived if role not in granted),
        resident_id=account.resident_id,
        principal_ids=principals,
        principal_scopes=principal_scopes,
        ward_ids=wards_of(account.resident_id, timezone.localtime(moment).date()),
    )


def wards_of(resident_id: int | None, day: date) -> frozenset[int]:
    """Children under 14 on ``day`` for whom the resident decides as guardian; none for who has left."""
    if resident_id is None:
        return frozenset()
    with every_community("an actor is resolved before its community is known"):
        children = Resident.objects.filter(
            guardians__guardian_id=resident_id,
            guardians__ended_at__isnull=True,
            guardians__guardian__left_on__isnull=True,
            left_on__isnull=True,
        )
        return frozenset(child.pk for child in children if child.age_on(day) < AGE_OF_OWN_CONSENT)


def sole_resident_with_phone(phone: str) -> Resident | None:
    """The one resident whom staff registered with this number.

    A number that several people share names nobody: staff must say at the desk whose sign-in it is.
    """
    with every_community("a phone is looked up before its community is known"):
        found = list(
            Resident.objects.filter(holds(Resident, phone=phone), left_on__isnull=True, account__isnull=True)
            .select_related("community")
            .order_by("id")[:2]
        )
    return found[0] if len(found) == 1 else None


def registered(phone: str) -> Account | Resident | None:
    """Whom a code sent to this number would sign in: an active account, or the resident who has none yet."""
    account = Account.objects.filter(holds(Account, phone=phone)).first()
    if account is not None:
        return account if account.is_active else None
    return sole_resident_with_phone(phone)
