"""What every page's frame needs to know."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from linli.faces.kit.themes import theme_of
from linli.foundation import clock
from linli.foundation.registry.models import Community

HOTLINE = "12345"
"""The government hotline (政务服务便民热线): somebody answers there when no community is known."""


def page(request: HttpRequest) -> dict:
    """``theme``, ``community`` (or None), ``help_phone``, ``help_hours``, ``now`` (local), ``demo``."""
    community = SimpleLazyObject(lambda: community_of(request))
    return {
        "theme": theme_of(request),
        "community": community,
        "help_phone": SimpleLazyObject(lambda: community.phone if community else HOTLINE),
        "help_hours": SimpleLazyObject(lambda: community.phone_hours if community else ""),
        "now": timezone.localtime(clock.now()),
        "demo": settings.LINLI_DEMO,
    }


def community_of(request: HttpRequest) -> Community | None:
    """The signed-in account's community; for a visitor the only one there is, if there is only one."""
    account = getattr(request, "user", None)
    if account is not None and account.is_authenticated and account.community_id:
        return account.community
    first_two = list(Community.objects.order_by("pk")[:2])
    return first_two[0] if len(first_two) == 1 else None
