"""Counts of tries, which the cache keeps: what they are kept under, and when they go."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from linli.foundation.accounts.models import Account


def second_factor(account: Account) -> str:
    """One count for every door that asks for a one-time password: allauth's own name for it."""
    return f"mfa-auth-user-{account.pk}"


def forget(key: str) -> int:
    """Forget every count under this key; returns how many there were. allauth keeps them under a digest of the key."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return _delete("cache_key LIKE %s", f"%:{digest}%")


def forget_ended() -> int:
    """Delete what no longer counts: the cache itself does so only when it is full, and it is never to be full."""
    return _delete("expires < %s", connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0)))


def _delete(where: str, value: str | None) -> int:
    table = getattr(cache, "_table", None)
    if table is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)} WHERE {where}", [value])  # noqa: S608
        return cursor.rowcount
