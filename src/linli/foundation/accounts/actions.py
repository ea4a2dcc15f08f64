"""Accounts, roles and authorities change here and nowhere else."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, Grant, ProxyAuthority
from linli.foundation.accounts.passwords import checked_password
from linli.foundation.accounts.permissions import (
    allow,
    is_community_staff,
    is_director,
    is_self,
    require,
)
from linli.foundation.accounts.persons import same_person
from linli.foundation.accounts.phones import mobile
from linli.foundation.accounts.queries import sole_resident_with_phone
from linli.foundation.accounts.roles import GRID_STAFF, TWO_FACTOR_ROLES, Role
from linli.foundation.accounts.sessions import end_all
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.foundation.notices.actions import send
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.registry.models import Building, Community, Grid, Resident
from linli.foundation.vault.fields import holds

GRANT_LASTS = timedelta(days=365)
AUTHORITY_LASTS_AT_MOST = timedelta(days=366)
PROXIES_AT_MOST = 3
AUTHORITY_SCOPES = ("requests", "booking", "care", "privacy")
NOT_GRANTED = frozenset({Role.RESIDENT, Role.FAMILY_PROXY})
"""A resident is who the registry says, a proxy who holds an authority: neither is a grant."""

allow("accounts.grant_role", is_director)
allow("accounts.authorise_proxy", is_self | is_community_staff)


@transaction.atomic
def open_resident_account(resident: Resident, phone: str) -> Account:
    """The sign-in of a registered resident whose ``phone`` has just proved itself by a one-time code."""
    try:
        with transaction.atomic():
            account = Account.objects.create_user(
                f"resident-{resident.pk}",
                display_name=resident.name,
                phone=phone,
                phone_verified=True,
                community_id=resident.community_id,
                resident=resident,
            )
    except IntegrityError:
        return Account.objects.get(resident=resident)
    record("accounts.account_opened", account, actor=Actor.for_system("sign_in", resident.community_id))
    return account


@transaction.atomic
def open_staff_account(
    username: str,
    password: str,
    *,
    display_name: str,
    community: Community,
    role: Role,
    grid: Grid | None = None,
    building: Building | None = None,
    actor: Actor,
) -> Account:
    """A sign-in with one role, by the operator at the machine. Raises what :func:`grant_role` raises, :class:`NotAllowed`
    for others, :class:`Invalid` for a weak password and :class:`Conflict` for a username that is taken.
    """
    if not actor.system:
        raise NotAllowed()
    if Account.objects.filter(username=username).exists():
        raise Conflict(_("这个账号名已经有人用了。"), code="username_taken", field="username")
    fresh = Account(username=username, display_name=display_name, community=community)
    checked_password(password, fresh)
    account = Account.objects.create_user(username, password, display_name=display_name, community=community)
    record("accounts.account_opened", account, actor=actor)
    grant_role(account, role, grid=grid, building=building, actor=actor)
    return account


@transaction.atomic
def grant_role(
    account: Account,
    role: Role,
    *,
    grid: Grid | None = None,
    building: Building | None = None,
    lasts: timedelta = GRANT_LASTS,
    actor: Actor,
) -> Grant:
    """Let an account of the actor's community hold a role for a time (default 12 months, ``domain.md`` §1).

    Tokens that it got without a second factor end where the role asks for one.

    Raises :class:`NotAllowed` for anyone but the director, and for oneself; :class:`Invalid` for a role that does
    not fit its scope.
    """
    require(actor, "accounts.grant_role", account)
    if same_person(actor.account_id, account.pk):
        raise NotAllowed(_("不能给自己授权，请另一位主任来做。"), code="own_grant")
    if role in NOT_GRANTED:
        raise Invalid(_("居民和代办人的身份不用授权，登记后自动生效。"), code="role_is_derived", field="role")
    if role in GRID_STAFF and grid is None:
        raise Invalid(_("请选择网格。"), code="grid_missing", field="grid")
    if role == Role.BUILDING_LEAD and building is None:
        raise Invalid(_("请选择楼幢。"), code="building_missing", field="building")
    if not timedelta() < lasts <= GRANT_LASTS:
        raise Invalid(_("授权最长 12 个月，到期再续。"), code="term_too_long", field="lasts")
    community_id = actor.community_id if actor.community_id is not None else account.community_id
    if community_id is None or account.community_id != community_id:
        raise Invalid(_("这个账号不属于本社区。"), code="account_not_here", field="account")
    if any(place is not None and place.community_id != community_id for place in (grid, building)):
        raise Invalid(_("这个地方不在本社区。"), code="not_here")
    now = clock.now()
    grant = Grant.objects.create(
        account=account,
        role=role,
        community_id=community_id,
        grid=grid,
        building=building,
        starts_at=now,
        expires_at=now + lasts,
        granted_by=actor.label,
    )
    if role in TWO_FACTOR_ROLES:
        account.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=clock.real_now())
    record("accounts.role_granted", account, actor=actor, **_facts(grant))
    return grant


@transaction.atomic
def reset_password(account: Account, password: str, *, forget_second_factor: bool = False, actor: Actor) -> None:
    """Give the account a new password; whoever is signed in as it, by page or token, is signed out.

    ``forget_second_factor`` for somebody whose telephone is gone: the next sign-in sets one up again. Raises
    :class:`NotAllowed` for anyone but the operator at the machine, and :class:`Invalid` for a weak password.
    """
    if not actor.system:
        raise NotAllowed()
    account.set_password(checked_password(password, account))
    account.save(update_fields=["password"])
    end_all(account, actor=actor)
    if forget_second_factor:
        Authenticator.objects.filter(user=account).delete()
    record("accounts.password_reset", account, actor=actor, second_factor_forgotten=forget_second_factor)


@transaction.atomic
def end_grant(grant: Grant, *, actor: Actor) -> None:
    """The role ends now; ending it twice changes nothing."""
    require(actor, "accounts.grant_role", grant)
    now = clock.now()
    grant = Grant.objects.select_for_update().get(pk=grant.pk)
    if grant.expires_at <= now:
        return
    if grant.starts_at >= now:
        record("accounts.grant_ended", grant.account, actor=actor, **_facts(grant))
        grant.delete()
        return
    grant.expires_at = now
    grant.save(update_fields=["expires_at"])
    record("accounts.grant_ended", grant.account, actor=actor, **_facts(grant))


def _facts(grant: Grant) -> dict:
    return {"grant": grant.pk, "role": grant.role, "grid": grant.grid_id, "building": grant.building_id}


@transaction.atomic
def authorise_proxy(
    principal: Resident,
    proxy: Account,
    *,
    scopes: list[str],
    ends_at: datetime,
    evidence: str,
    actor: Actor,
) -> ProxyAuthority:
    """亲情代办: the principal, or staff with the principal's word on record, lets somebody act for them.

    At most three proxies a principal and twelve months each (``domain.md`` §11); the principal is told by SMS.
    Raises :class:`NotAllowed`, :class:`Invalid` or :class:`Conflict`.
    """
    require(actor, "accounts.authorise_proxy", principal)
    now = clock.now()
    if proxy.community_id != principal.community_id or proxy.resident_id == principal.pk:
        raise Invalid(_("这个账号不能做代办人。"), code="not_a_proxy", field="proxy")
    if not scopes or set(scopes) - set(AUTHORITY_SCOPES):
        raise Invalid(_("请选择可以代办的事。"), code="scopes_missing", field="scopes")
    if not now < ends_at <= now + AUTHORITY_LASTS_AT_MOST:
        raise Invalid(_("代办最长 12 个月，到期再续。"), code="term_too_long", field="ends_at")
    if not evidence.strip():
        raise Invalid(_("请写明本人是怎么同意的：签字的纸，或电话记录。"), code="evidence_missing", field="evidence")
    Resident.objects.select_for_update().get(pk=principal.pk)
    live = ProxyAuthority.objects.filter(principal=principal, revoked_at__isnull=True)
    if live.filter(proxy=proxy, ends_at__gt=now).exists():
        raise Conflict(_("这个人已经是代办人了。"), code="already_proxy")
    if live.filter(ends_at__gt=now).count() >= PROXIES_AT_MOST:
        raise Conflict(_("最多三位代办人，请先取消一位。"), code="too_many_proxies")
    live.filter(proxy=proxy).update(revoked_at=now)
    authority = ProxyAuthority.objects.create(
        principal=principal,
        proxy=proxy,
        scopes=sorted(scopes),
        starts_at=now,
        ends_at=ends_at,
        evidence=evidence,
    )
    _tell_principal(authority, given=True)
    record("accounts.proxy_authorised", principal, actor=actor, proxy=proxy.pk, scopes=sorted(scopes))
    return authority


@transaction.atomic
def authorise_relative(
    principal: Resident,
    *,
    name: str,
    phone: str,
    scopes: list[str],
    ends_at: datetime,
    evidence: str,
    actor: Actor,
) -> ProxyAuthority:
    """:func:`authorise_proxy` for whoever answers at ``phone``, who gets a sign-in there if there is none yet.

    The number proves itself when the relative signs in by a code sent to it. Raises what :func:`authorise_proxy` raises.
    """
    require(actor, "accounts.authorise_proxy", principal)
    number = mobile(phone)
    found = Account.objects.filter(holds(Account, phone=number)).first()
    if found is None:
        if not name.strip():
            raise Invalid(_("请写家里人叫什么。"), code="name_missing", field="name")
        neighbour = sole_resident_with_phone(number)
        if neighbour is not None and neighbour.community_id != principal.community_id:
            neighbour = None
        found = Account.objects.create_user(
            f"resident-{neighbour.pk}" if neighbour else f"family-{secrets.token_hex(8)}",
            display_name=neighbour.name if neighbour else name.strip()[:64],
            phone=number,
            community_id=principal.community_id,
            resident=neighbour,
        )
        record("accounts.account_opened", found, actor=actor)
    return authorise_proxy(principal, found, scopes=scopes, ends_at=ends_at, evidence=evidence, actor=actor)


@transaction.atomic
def revoke_proxy(authority: ProxyAuthority, *, actor: Actor) -> None:
    """The authority ends now: the principal may, staff may (the principal phoned), and so may the proxy itself."""
    if authority.proxy_id != actor.account_id:
        require(actor, "accounts.authorise_proxy", authority.principal)
    ended = ProxyAuthority.objects.filter(pk=authority.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
    if not ended:
        return
    _tell_principal(authority, given=False)
    record("accounts.proxy_revoked", authority.principal, actor=actor, proxy=authority.proxy_id)


def _tell_principal(authority: ProxyAuthority, *, given: bool) -> None:
    """By SMS, in Chinese: it is read by the principal, not by whoever is signed in."""
    principal = authority.principal
    about = f"proxy:{authority.pk}"
    to = mobile_of(principal, "matter_notice", about=about)
    if to is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        sentence = (
            _("【邻里】%(name)s 从今天起可以替您办事。不是您的意思？请打社区电话 %(phone)s 取消。")
            if given
            else _("【邻里】%(name)s 不再替您办事了。社区电话 %(phone)s。")
        )
    send(
        to,
        sentence % {"name": authority.proxy.display_name, "phone": principal.community.phone},
        key=f"proxy-{'given' if given else 'ended'}:{authority.pk}",
        about=about,
        community=principal.community_id,
    )


def choose_theme(account: Account, theme: str) -> None:
    """``auto`` (by age), ``standard`` or ``elder``; raises :class:`Invalid` for any other."""
    if theme not in dict(Account._meta.get_field("theme").flatchoices):
        raise Invalid(_("没有这个版本。"), code="unknown_theme", field="theme")
    account.theme = theme
    account.save(update_fields=["theme"])


def choose_language(account: Account, language: str) -> None:
    """A language that the interface speaks; raises :class:`Invalid` for any other."""
    if language not in dict(settings.LANGUAGES):
        raise Invalid(_("没有这种语言。"), code="unknown_language", field="language")
    account.language = language
    account.save(update_fields=["language"])
