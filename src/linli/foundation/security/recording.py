"""Writing down what happened at the doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from linli.foundation import clock
from linli.foundation.accounts.devices import device_of
from linli.foundation.registry.models import Community
from linli.foundation.security.models import SecurityEvent

if TYPE_CHECKING:
    from linli.foundation.accounts.models import Account


def note(
    kind: SecurityEvent.Kind,
    *,
    request: HttpRequest | None = None,
    account: Account | None = None,
    community_id: int | None = None,
    succeeded: bool = True,
    about: str = "",
    **facts: Any,
) -> SecurityEvent:
    """Append one row; call it where nothing that follows can undo it, above all after a failure."""
    return SecurityEvent.objects.create(
        at=clock.real_now(),
        kind=kind,
        succeeded=succeeded,
        community_id=community_id or (account.community_id if account else None) or _only_community(),
        account=account,
        about=about,
        address=(address_of(request) or None) if request is not None else None,
        device=device_of(request.headers.get("User-Agent", "")) if request is not None else "",
        facts=facts,
    )


def address_of(request: HttpRequest) -> str:
    """Of the one who asks, behind as many proxies as the settings name; empty where it cannot be told."""
    try:
        return get_adapter(request).get_client_ip(request)
    except (PermissionDenied, ImproperlyConfigured):
        return ""


def _only_community() -> int | None:
    """Where one community stands alone, whoever knocks at the door knocks at its door."""
    first_two = list(Community.objects.order_by("pk").values_list("pk", flat=True)[:2])
    return first_two[0] if len(first_two) == 1 else None
