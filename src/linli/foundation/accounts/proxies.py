"""What a relative may do for somebody, in words (亲情代办, ``domain.md`` §11)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.registry.models import Resident

SCOPE_WORDS = {
    "requests": gettext_lazy("反映和评价"),
    "booking": gettext_lazy("预约"),
    "care": gettext_lazy("照护和走访"),
    "privacy": gettext_lazy("看信息、停掉同意"),
}
"""Of each scope in :data:`~linli.foundation.accounts.actions.AUTHORITY_SCOPES`."""


def scopes_in_words(scopes: Iterable[str]) -> str:
    given = set(scopes)
    return _("、").join(str(words) for scope, words in SCOPE_WORDS.items() if scope in given)


def authorities_of(principal: Resident) -> list[ProxyAuthority]:
    """Those in force now, oldest first."""
    now = clock.now()
    live = principal.proxies.filter(revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now)
    return list(live.select_related("proxy").order_by("pk"))
