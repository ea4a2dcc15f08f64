"""From an account to the actor it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor, Held, held_from
from linli.foundation.accounts.models import Account, BrowserSession, Grant, LostPhone
from linli.foundation.accounts.roles import AGE_OF_OWN_CONSENT, TWO_FACTOR_ROLES, Role
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import every_community
from linli.foundation.vault.fields import holds

DERIVED = (Role.RESIDENT, Role.FAMILY_PROXY)
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
CHILD_SIGN_IN = "child_sign_in"
"""The purpose that a guardian agrees to before a child under 14 uses Linli by itself."""


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
    own, wards = people_of(account.resident_id, timezone.localtime(moment).date())
    derived = (Role.RESIDENT,) * (own is not None) + (Role.FAMILY_PROXY,) * bool(principals)
    granted = {h.role for h in held}
    return Actor(
        community_id=account.community_id,
        account_id=account.pk,
        name=account.display_name,
        held=held + tuple(Held(role) for role in derived if role not in granted),
        resident_id=own,
        principal_ids=principals,
        principal_scopes=principal_scopes,
        ward_ids=wards,
    )


def people_of(resident_id: int | None, day: date) -> tuple[int | None, frozenset[int]]:
    """The entry itself and the children under 14 on ``day`` for whom it decides as guardian.

    Who has left or died is nobody any more: neither itself nor anybody's guardian, whoever holds the telephone now.
    """
    if resident_id is None:
        return None, frozenset()
    decides_for = Q(guardians__guardian_id=resident_id, guardians__ended_at__isnull=True)
    with every_community("an actor is resolved before its community is known"):
        people = Resident.objects.filter(Q(pk=resident_id) | decides_for, left_on__isnull=True).distinct()
        found = {person.pk: person for person in people.only("pk", "birth_date")}
    if found.pop(resident_id, None) is None:
        return None, frozenset()
    return resident_id, frozenset(pk for pk, child in found.items() if child.age_on(day) < AGE_OF_OWN_CONSENT)


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
    """Whom a code sent to this number would sign in: an active account, or the resident who has none yet.

    Nobody while the telephone is said to be lost, and nobody for who has left or died.
    """
    account = Account.objects.filter(holds(Account, phone=phone)).select_related("resident").first()
    if account is not None:
        gone = account.resident is not None and account.resident.left_on is not None
        return None if gone or not account.is_active or phone_is_lost(account) else account
    resident = sole_resident_with_phone(phone)
    return None if resident is None or phone_is_lost(resident) else resident


def phone_is_lost(whose: Account | Resident) -> bool:
    """Whether somebody told the community that this person's telephone is gone, and it is not back yet."""
    lost = LostPhone.objects.filter(lifted_at__isnull=True)
    if isinstance(whose, Resident):
        return lost.filter(resident=whose).exists()
    own = Q(account=whose)
    if whose.resident_id is not None:
        own |= Q(resident_id=whose.resident_id)
    return lost.filter(own).exists()


def may_sign_in_by_itself(resident: Resident) -> bool:
    """From 14 years on; below, where a guardian has agreed (PIPL art. 31)."""
    from linli.foundation.privacy.models import Consent

    if resident.age_on(clock.today()) >= AGE_OF_OWN_CONSENT:
        return True
    with every_community("a sign-in comes before its community is known"):
        return Consent.objects.in_force().filter(resident=resident, purpose=CHILD_SIGN_IN).exists()


@dataclass(frozen=True)
class StaffAccount:
    """One line of the list of accounts; ``roles`` are those held now, ``lost`` says that its telephone is gone."""

    account: Account
    roles: tuple[Role, ...]
    has_factor: bool
    places: int
    last_used_at: datetime | None
    lost: bool

    @property
    def needs_factor(self) -> bool:
        return bool(TWO_FACTOR_ROLES & set(self.roles))


def locked_key(username: str) -> str:
    """Under which the cache holds for some minutes that wrong passwords have locked this name out."""
    return f"linli.locked:{username[:64]}"


def staff_accounts(actor: Actor) -> list[StaffAccount]:
    """Staff of the actor's community, and relatives who act for somebody; empty for whoever may not decide about
    sign-ins."""
    now, real_now = clock.now(), clock.real_now()
    accounts = list(_staff(actor).order_by("display_name", "pk"))
    grants: dict[int, list[Role]] = {}
    held = Grant.objects.filter(account__in=accounts, starts_at__lte=now, expires_at__gt=now).order_by("pk")
    for account_id, role in held.values_list("account_id", "role"):
        grants.setdefault(account_id, []).append(Role(role))
    secured = Authenticator.objects.filter(user__in=accounts, type__in=SECOND_FACTORS)
    factors = set(secured.values_list("user_id", flat=True))
    live = BrowserSession.objects.filter(account__in=accounts, expire_date__gt=real_now)
    sessions = {
        account_id: (n, last)
        for account_id, n, last in live.values_list("account").annotate(n=Count("pk"), last=Max("last_used_at"))
    }
    lost = set(
        LostPhone.objects.filter(account__in=accounts, lifted_at__isnull=True).values_list("account_id", flat=True)
    )
    return [
        StaffAccount(
            account=one,
            roles=tuple(grants.get(one.pk, ())),
            has_factor=one.pk in factors,
            places=sessions.get(one.pk, (0, None))[0],
            last_used_at=sessions.get(one.pk, (0, None))[1],
            lost=one.pk in lost,
        )
        for one in accounts
    ]


def staff_account(actor: Actor, account_id: int) -> Account:
    """One of :func:`staff_accounts`; raises :class:`NotFound`."""
    found = _staff(actor).filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


def _staff(actor: Actor) -> QuerySet[Account]:
    """Accounts that are no resident's own, or hold a role now that is granted."""
    if not actor.has(Role.COMMUNITY_DIRECTOR) or actor.community_id is None:
        return Account.objects.none()
    now = clock.now()
    granted = Grant.objects.filter(account=OuterRef("pk"), starts_at__lte=now, expires_at__gt=now).exclude(
        role__in=DERIVED
    )
    here = Account.objects.filter(community_id=actor.community_id)
    return here.filter(Q(resident__isnull=True) | Exists(granted))
