"""Letting somebody try again at once whom too many wrong tries have locked out; waiting does the same, later."""

from __future__ import annotations

import time
from collections.abc import Collection

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.core.internal import ratelimit as counted
from allauth.core.internal.ratelimit import Rate
from django.core.cache import cache
from django.http import HttpRequest

from linli.foundation import clock
from linli.foundation.accounts import limits
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.lost_phone import account_of, require_power_over
from linli.foundation.accounts.models import Account, SignInCode
from linli.foundation.accounts.queries import locked_key
from linli.foundation.accounts.sign_in import phone_digest
from linli.foundation.privacy.door import NotCovered, use
from linli.foundation.registry.models import Resident
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.recording import note

APP = "allauth.account"


def is_locked(whose: Resident | Account) -> bool:
    """Whether wrong codes have locked the number; wrong passwords are counted by allauth and not told apart here."""
    phone = _number(whose)
    return (
        bool(phone)
        and SignInCode.objects.filter(phone_digest=phone_digest(phone), locked_until__gt=clock.real_now()).exists()
    )


def locked_out(request: HttpRequest, accounts: Collection[Account]) -> frozenset[int]:
    """Which of the accounts wrong codes, passwords or one-time passwords keep out now; counts nothing. Two queries for all, and
    more only while some number is locked."""
    failing: dict[str, tuple[int, Rate]] = {}
    for account in accounts:
        for key in _failures(request, account):
            for rate in counted.get_rates(app=APP, action="login_failed"):
                kept = counted.get_cache_key(request, app=APP, action="login_failed", rate=rate, key=key)
                failing[kept] = account.pk, rate
    found = set()
    for kept, history in cache.get_many(list(failing)).items():
        pk, rate = failing[kept]
        if len([at for at in history if at > time.time() - rate.duration]) >= rate.amount:
            found.add(pk)
    if SignInCode.objects.filter(locked_until__gt=clock.real_now()).exists():
        found |= {account.pk for account in accounts if account.phone and is_locked(account)}
    return frozenset(found)


def _failures(request: HttpRequest, account: Account) -> tuple[str, ...]:
    """What wrong passwords and wrong one-time passwords are counted under."""
    tried = get_adapter(request)._get_login_attempts_cache_key(request, username=account.username)
    return tried, limits.second_factor(account)


def unlock(request: HttpRequest, whose: Resident | Account, *, actor: Actor) -> None:
    """Forget the wrong tries of this person, whichever way they signed in. Raises :class:`NotAllowed`."""
    require_power_over(whose, actor)
    phone, account = _number(whose), account_of(whose)
    if phone:
        SignInCode.objects.filter(phone_digest=phone_digest(phone)).update(wrong_tries=0, locked_until=None)
        ratelimit.clear(request, action="request_login_code", key=phone_digest(phone))
    if account is not None:
        for key in _failures(request, account):
            ratelimit.clear(request, action="login_failed", key=key)
        cache.delete(locked_key(account.username))
    note(
        SecurityEvent.Kind.UNLOCKED,
        request=request,
        account=request.user if request.user.is_authenticated else None,
        about=f"{'resident' if isinstance(whose, Resident) else 'account'}:{whose.pk}",
    )


def _number(whose: Resident | Account) -> str:
    """Empty where none is known, and for whoever does not want its number used for signing in."""
    if not whose.phone:
        return ""
    account = account_of(whose)
    try:
        return use(whose, "phone", "sign_in", about=f"account:{account.pk if account is not None else 0}")
    except NotCovered:
        return ""
