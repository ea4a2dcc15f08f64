"""From an account to the actor it is now."""

from __future__ import annotations

from datetime import datetime

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor, Held, held_from
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import every_community


def actor_of(account: Account, *, now: datetime | None = None) -> Actor:
    """Resolve grants and proxy authorities that are in force at ``now``; an inactive account is nobody.

    A role counts in the account's own community only; a street office's account has none of its own and several roles.
    Who is in the registry is a resident and who holds a live authority is a proxy: those two roles need no grant.
    """
    if not account.is_active:
        return Actor.nobody()
    moment = now or clock.now()
    grants = account.grants.filter(starts_at__lte=moment, expires_at__gt=moment)
    if account.community_id is not None:
        grants = grants.filter(community_id=account.community_id)
    held = held_from(grants)
    principals = frozenset(
        account.authorities.filter(starts_at__lte=moment, ends_at__gt=moment, revoked_at__isnull=True).values_list(
            "principal_id", flat=True
        )
    )
    derived = (Role.RESIDENT,) * bool(account.resident_id) + (Role.FAMILY_PROXY,) * bool(principals)
    granted = {h.role for h in held}
    return Actor(
        community_id=account.community_id,
        account_id=account.pk,
        name=account.display_name,
        held=held + tuple(Held(role) for role in derived if role not in granted),
        resident_id=account.resident_id,
        principal_ids=principals,
    )


def sole_resident_with_phone(phone: str) -> Resident | None:
    """The one resident whom staff registered with this number.

    A number that several people share names nobody: staff must say at the desk whose sign-in it is.
    """
    with every_community("a phone is looked up before its community is known"):
        found = list(
            Resident.objects.filter(phone=phone, left_on__isnull=True, account__isnull=True)
            .select_related("community")
            .order_by("id")[:2]
        )
    return found[0] if len(found) == 1 else None


def registered(phone: str) -> Account | Resident | None:
    """Whom a code sent to this number would sign in: an active account, or the resident who has none yet."""
    account = Account.objects.filter(phone=phone).first()
    if account is not None:
        return account if account.is_active else None
    return sole_resident_with_phone(phone)
