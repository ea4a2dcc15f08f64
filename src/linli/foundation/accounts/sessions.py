"""Where somebody is signed in, how long that lasts, and ending it from elsewhere.

A session ends by itself when it has not been used for a while and, used or not, after a longer while: hours for staff,
who see other people's data on shared desks, weeks for residents, for whom signing in is the hard part
(GB/T 22239-2019, 7.1.4.1 b; OWASP ASVS 5.0, 7.3). All times are the machine's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from linli.foundation import clock
from linli.foundation.accounts import devices
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, ApiToken, BrowserSession
from linli.foundation.accounts.roles import TWO_FACTOR_ROLES, Role
from linli.foundation.accounts.session_store import CAME_FROM, digest_of
from linli.foundation.errors import NotFound
from linli.foundation.events.recording import record
from linli.foundation.notices import browsers as browsers_that_ring
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.recording import address_of, note

USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Limits:
    """``idle`` without use, ``longest`` in all."""

    idle: timedelta
    longest: timedelta


STAFF_LIMITS = Limits(idle=timedelta(hours=4), longest=timedelta(hours=16))
"""A grid worker's morning at the doors, and a working day."""
RESIDENT_LIMITS = Limits(idle=timedelta(days=30), longest=timedelta(days=180))
WALL_LIMITS = Limits(idle=timedelta(days=30), longest=timedelta(days=180))


@dataclass(frozen=True)
class SignedIn:
    """One place where an account is signed in; ``key`` names it to :func:`end_one`, ``program`` is a token of the API."""

    key: str
    device: str
    network: str
    is_phone: bool
    program: bool
    current: bool
    started_at: datetime
    last_used_at: datetime


def limits_for(actor: Actor) -> Limits:
    if actor.roles & TWO_FACTOR_ROLES:
        return STAFF_LIMITS
    return WALL_LIMITS if actor.has(Role.WALL_DISPLAY) else RESIDENT_LIMITS


def is_over(session, actor: Actor) -> bool:
    """Whether the session that brought this request has lasted too long."""
    row = getattr(session, "row", None)
    if row is None:
        return False
    limits, now = limits_for(actor), clock.real_now()
    return now - row.last_used_at > limits.idle or now - row.started_at > limits.longest


def note_use(request: HttpRequest) -> None:
    """Keep the time of the last use, no more often than every five minutes."""
    row, now = getattr(request.session, "row", None), clock.real_now()
    if row is not None and now - row.last_used_at >= USE_NOTED_EVERY:
        BrowserSession.objects.filter(pk=row.pk).update(
            last_used_at=now, network=devices.network_of(address_of(request))
        )


def sessions_of(account: Account, *, current: str | None = None) -> list[SignedIn]:
    """Where the account is signed in now, the newest use first; ``current`` is the session key of the one who asks."""
    now = clock.real_now()
    own = digest_of(current) if current else ""
    browsers = account.browser_sessions.filter(expire_date__gt=now)
    tokens = account.api_tokens.filter(revoked_at__isnull=True, expires_at__gt=now)
    found = [
        SignedIn(
            key=row.pk,
            device=devices.in_words(row.device),
            network=devices.network_in_words(row.network),
            is_phone=devices.is_phone(row.device),
            program=False,
            current=row.pk == own,
            started_at=row.started_at,
            last_used_at=row.last_used_at,
        )
        for row in browsers
    ] + [
        SignedIn(
            key=f"token-{token.pk}",
            device=devices.in_words(devices.device_of(token.label)),
            network="",
            is_phone=devices.is_phone(devices.device_of(token.label)),
            program=True,
            current=False,
            started_at=token.created_at,
            last_used_at=token.last_used_at or token.created_at,
        )
        for token in tokens
    ]
    return sorted(found, key=lambda one: (not one.current, -one.last_used_at.timestamp()))


@transaction.atomic
def end_one(account: Account, key: str, *, actor: Actor) -> None:
    """Sign the account out in one place; raises :class:`NotFound` for what is not the account's or has ended."""
    ended = _end(account.browser_sessions.filter(pk=key), _tokens(account, key))
    if not ended:
        raise NotFound
    _record(account, ended, actor)


@transaction.atomic
def end_all(account: Account, *, but: str | None = None, actor: Actor) -> int:
    """Sign the account out everywhere, ``but`` the session with this key; returns in how many places."""
    browsers = account.browser_sessions.all()
    if but:
        browsers = browsers.exclude(pk=digest_of(but))
    ended = _end(browsers, account.api_tokens.filter(revoked_at__isnull=True))
    if ended:
        _record(account, ended, actor)
    return ended


def _tokens(account: Account, key: str):
    number = key.removeprefix("token-")
    live = account.api_tokens.filter(revoked_at__isnull=True)
    return live.filter(pk=int(number)) if key.startswith("token-") and number.isdecimal() else live.none()


def _end(browsers, tokens) -> int:
    browsers_that_ring.end_with(list(browsers.values_list("pk", flat=True)))
    ended, _rows = browsers.delete()
    return ended + tokens.update(revoked_at=clock.real_now())


def _record(account: Account, places: int, actor: Actor) -> None:
    record("accounts.signed_out_elsewhere", account, actor=actor, places=places)


def end_of_those_who_left() -> int:
    """Sign out whoever has died or moved away; returns how many accounts. They could do nothing any more already."""
    gone = Account.objects.filter(resident__left_on__isnull=False).filter(
        Q(browser_sessions__isnull=False) | Q(api_tokens__revoked_at__isnull=True, api_tokens__isnull=False)
    )
    accounts = list(gone.distinct())
    for account in accounts:
        end_all(account, actor=Actor.for_system("accounts", account.community_id))
    return len(accounts)


def ended_sessions(before: datetime) -> QuerySet[BrowserSession]:
    return BrowserSession.objects.filter(expire_date__lt=before)


def ended_tokens(before: datetime) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))


def forget_ended() -> None:
    """Delete the rows of sessions and tokens that nothing can use any more."""
    now = clock.real_now()
    ended_sessions(now).delete()
    ended_tokens(now).delete()


def _came_in(sender, request: HttpRequest, user: Account, **kwargs) -> None:
    """The session says from where it was opened; its key is new since a moment ago (no fixation), and it lives as long
    as its owner's limits say, no longer as short as a stranger's."""
    request.session.set_expiry(None)
    request.session[CAME_FROM] = {
        "device": devices.device_of(request.headers.get("User-Agent", "")),
        "network": devices.network_of(address_of(request)),
        "at": clock.real_now().isoformat(),
    }
    note(SecurityEvent.Kind.SIGNED_IN, request=request, account=user)


def _went_out(sender, request: HttpRequest, user: Account | None, **kwargs) -> None:
    if user is not None:
        browsers_that_ring.end_with([digest_of(request.session.session_key or "")])
        note(SecurityEvent.Kind.SIGNED_OUT, request=request, account=user)


def notes_sign_ins() -> None:
    user_logged_in.connect(_came_in, dispatch_uid="linli.accounts.sessions")
    user_logged_out.connect(_went_out, dispatch_uid="linli.accounts.sessions")
