"""Signing in: a one-time code to a registered phone, or name and password with a second factor.

The code is kept here and not in a browser session, because the page, the API and a proxy on another phone share one
count of wrong tries: five wrong tries lock the number for a quarter of an hour, whoever made them. A number that
nobody registered goes the same way as a registered one, so that nothing tells them apart. All times are the
machine's, never the neighbourhood's.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts import limits, queries, sessions
from linli.foundation.accounts.actions import open_resident_account
from linli.foundation.accounts.models import Account, ApiToken, SignInCode
from linli.foundation.accounts.phones import mobile
from linli.foundation.accounts.refusals import NoTextMessages, NotSignedIn, TooMany
from linli.foundation.accounts.roles import TWO_FACTOR_ROLES
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.notices.actions import can_send, send_secret
from linli.foundation.registry.models import Resident
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.recording import note

CODE_LIVES = timedelta(minutes=5)
WRONG_TRIES = 5
LOCK_LASTS = timedelta(minutes=15)
TOTP_REMEMBERED_SECONDS = 120
TOKEN_LIVES = timedelta(days=30)
TOKEN_USE_NOTED_EVERY = timedelta(minutes=5)
NOTED_ONCE_SECONDS = 300


def send_code(request: HttpRequest, phone: str) -> None:
    """Send a six-digit code if the number is registered; the caller cannot tell whether it was.

    Raises :class:`Invalid` for a malformed number, :class:`TooMany` above the limits per number and address, and
    :class:`NoTextMessages` where messages cannot leave at all.
    """
    phone = mobile(phone)
    if not can_send():
        raise NoTextMessages()
    if not ratelimit.consume(request, action="request_login_code", key=phone_digest(phone)):
        raise TooMany(code="too_many_codes")
    code = f"{secrets.randbelow(10**6):06d}"
    now = clock.real_now()
    with transaction.atomic():
        SignInCode.objects.update_or_create(
            phone_digest=phone_digest(phone),
            defaults={
                "code_digest": _code_digest(phone, code),
                "sent_at": now,
                "expires_at": now + CODE_LIVES,
            },
        )
        recipient = queries.registered(phone)
        if recipient is not None:
            send_secret(
                phone,
                _("【邻里】验证码 %(code)s，5 分钟内有效。不要告诉任何人，工作人员也不会问您要。") % {"code": code},
                key=f"sign-in:{secrets.token_hex(8)}",
                about="sign_in",
                community=recipient.community_id,
            )


def with_code(request: HttpRequest, phone: str, code: str) -> Account:
    """The account that the code opens; the first sign-in of a registered resident makes it.

    Raises :class:`Invalid` (``wrong_code``), :class:`TooMany` (``locked``) or, for a child whose guardian has not
    agreed, :class:`NotAllowed` (``guardian_needed``).
    """
    phone = mobile(phone)
    outcome = _spend_code(phone, code.strip())
    found = queries.registered(phone)
    if outcome is not Spent.RIGHT:
        _note_failure(request, found, "code", locked=outcome is Spent.LOCKED_NOW)
    elif found is not None:
        _check_age(found)
    account = _account_for(found, phone) if outcome is Spent.RIGHT else None
    if account is None:
        raise Invalid(
            _("验证码不对，或者已经过了 5 分钟。请再看一遍短信，或重新获取。"),
            code="wrong_code",
            field="code",
        )
    return account


class Spent(enum.Enum):
    """What became of a code that somebody typed."""

    RIGHT = enum.auto()
    WRONG = enum.auto()
    LOCKED_NOW = enum.auto()


@transaction.atomic
def _spend_code(phone: str, code: str) -> Spent:
    """A right code works once, a wrong one counts; raises :class:`TooMany` while the number is locked."""
    now = clock.real_now()
    row = SignInCode.objects.select_for_update().filter(phone_digest=phone_digest(phone)).first()
    if row is None:
        return Spent.WRONG
    if row.locked_until and row.locked_until > now:
        raise TooMany(code="locked", retry_after=int((row.locked_until - now).total_seconds()))
    right = row.expires_at > now and constant_time_compare(row.code_digest, _code_digest(phone, code))
    if right:
        row.wrong_tries, row.locked_until, row.code_digest, row.expires_at = 0, None, "", now
        outcome = Spent.RIGHT
    else:
        row.wrong_tries += 1
        outcome = Spent.WRONG
        if row.wrong_tries >= WRONG_TRIES:
            row.wrong_tries, row.locked_until = 0, now + LOCK_LASTS
            outcome = Spent.LOCKED_NOW
    row.save()
    return outcome


def _check_age(found: Account | Resident) -> None:
    """Under 14 a guardian decides whether a child uses Linli by itself (PIPL art. 31; 儿童个人信息网络保护规定 art. 9).

    Asked only after the right code, so that it tells nothing to anybody who does not hold the telephone.
    """
    resident = found if isinstance(found, Resident) else found.resident
    if resident is not None and not queries.may_sign_in_by_itself(resident):
        raise NotAllowed(
            _("您还没满 14 岁，要家长先同意。请家长在自己的手机上点“我同意过什么”，或者给社区打个电话。"),
            code="guardian_needed",
            field="code",
        )


def _note_failure(request: HttpRequest, found: Account | Resident | None, method: str, *, locked: bool = False) -> None:
    """One row for the data-protection lead; a number that nobody registered leaves none of itself."""
    account = found if isinstance(found, Account) else None
    kind = SecurityEvent.Kind.LOCKED_OUT if locked else SecurityEvent.Kind.SIGN_IN_FAILED
    community_id = found.community_id if found is not None else None
    note(kind, request=request, account=account, community_id=community_id, succeeded=False, method=method)


def _account_for(found: Account | Resident | None, phone: str) -> Account | None:
    return open_resident_account(found, phone) if isinstance(found, Resident) else found


def with_password(request: HttpRequest, username: str, password: str) -> Account:
    """The account behind name and password; raises :class:`NotSignedIn` (``wrong_password``) or :class:`TooMany`."""
    known = Account.objects.filter(username=username).first()
    try:
        account = get_adapter(request).authenticate(request, username=username, password=password)
    except ValidationError as error:
        if cache.add(queries.locked_key(username), "noted", timeout=NOTED_ONCE_SECONDS):
            _note_failure(request, known, "password", locked=True)
        raise TooMany() from error
    if account is None or queries.phone_is_lost(account):
        _note_failure(request, known, "password")
        raise NotSignedIn(_("账号或密码不对。"), code="wrong_password", field="password")
    return account


def token_for(request: HttpRequest, account: Account, totp: str) -> str:
    """A bearer token for an account that has shown its first factor.

    Raises :class:`NotSignedIn` (``totp_required``, ``wrong_totp``), or :class:`NotAllowed`
    (``totp_enrolment_required``) where a second factor must first be set up on the page.
    """
    _check_second_factor(request, account, totp)
    note(SecurityEvent.Kind.TOKEN_ISSUED, request=request, account=account)
    return issue_token(account, label=request.headers.get("User-Agent", "api"))


def needs_second_factor(account: Account) -> bool:
    """Whoever works with other people's data signs in with two factors (MLPS 2.0, GB/T 22239-2019, 8.1.4.1)."""
    now = clock.now()
    return account.grants.filter(role__in=TWO_FACTOR_ROLES, starts_at__lte=now, expires_at__gt=now).exists()


def must_enrol(account: Account) -> bool:
    """Whether a second factor must be set up before anything else; a demo shows the pages without."""
    return not settings.LINLI_DEMO and not has_second_factor(account) and needs_second_factor(account)


def has_second_factor(account: Account) -> bool:
    """A one-time password or a passkey."""
    return Authenticator.objects.filter(user=account, type__in=queries.SECOND_FACTORS).exists()


def _check_second_factor(request: HttpRequest, account: Account, totp: str) -> None:
    factor = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if factor is None:
        if must_enrol(account) or has_second_factor(account):
            raise NotAllowed(_("请先在网页上登录一次，设好动态口令。"), code="totp_enrolment_required")
        return
    if not totp:
        raise NotSignedIn(_("请填动态口令。"), code="totp_required", field="totp")
    if not ratelimit.consume(request, action="login_failed", key=limits.second_factor(account)):
        raise TooMany()
    if not factor.wrap().validate_code(totp) or not first_use(account, totp):
        _note_failure(request, account, "totp")
        raise NotSignedIn(_("动态口令不对，请看当前显示的六位数字。"), code="wrong_totp", field="totp")
    ratelimit.clear(request, action="login_failed", key=limits.second_factor(account))


def first_use(account: Account, totp: str) -> bool:
    """Whether this one-time password is used for the first time (RFC 6238 §5.2).

    It is valid for half a minute and one before and after; allauth remembers it for only the half minute.
    """
    return cache.add(f"linli.totp:{account.pk}:{''.join(totp.split())}", "used", timeout=TOTP_REMEMBERED_SECONDS)


def issue_token(account: Account, *, label: str) -> str:
    """A bearer token, shown once: only its SHA-256 is kept."""
    token = f"linli_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        account=account,
        digest=_token_digest(token),
        label=label[:64],
        expires_at=clock.real_now() + TOKEN_LIVES,
    )
    return token


def account_of_token(token: str) -> Account | None:
    """The active account that a live token speaks for."""
    now = clock.real_now()
    row = (
        ApiToken.objects.select_related("account")
        .filter(digest=_token_digest(token), revoked_at__isnull=True, expires_at__gt=now, account__is_active=True)
        .first()
    )
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at < now - TOKEN_USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row.account


def revoke_token(token: str) -> None:
    """The token works no longer; an unknown one is already so."""
    ApiToken.objects.filter(digest=_token_digest(token), revoked_at__isnull=True).update(revoked_at=clock.real_now())


def forget_what_has_ended() -> None:
    """Codes, tokens, sessions and counts of tries that no longer matter are deleted: they say when somebody signed in."""
    ended_codes(clock.real_now() - LOCK_LASTS).delete()
    sessions.forget_ended()
    limits.forget_ended()


def ended_codes(before: datetime) -> QuerySet[SignInCode]:
    """Expired before then; one that still locks its number stays, or waiting would be cut short."""
    unlocked = Q(locked_until__isnull=True) | Q(locked_until__lt=clock.real_now())
    return SignInCode.objects.filter(unlocked, expires_at__lt=before)


def forget_code(phone: str) -> int:
    """The last code of a number and its count of wrong tries; returns 1 where there was one."""
    return SignInCode.objects.filter(phone_digest=phone_digest(phone)).delete()[0]


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def phone_digest(phone: str) -> str:
    """Keyed, so that numbers typed by mistake are not kept in a form that can be counted through."""
    return salted_hmac("linli.sign_in.phone", phone, algorithm="sha256").hexdigest()


def _code_digest(phone: str, code: str) -> str:
    return hmac.new(phone_digest(phone).encode(), code.encode(), "sha256").hexdigest()
