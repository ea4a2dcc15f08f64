"""A word to staff that waits for no answer: by text message and to their browsers, as far as there are ways."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.notices.actions import can_send, ring, send
from linli.foundation.notices.browsers import browsers_of
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.tenancy import active_community_id
from linli.foundation.vault.errors import KeysUnavailable, Unreadable
from linli.understand.warnings.call_plan import quiet_until

log = logging.getLogger(__name__)

LONGEST = 300
"""Characters of a message."""


def number_of(account: Account, about: str) -> tuple[str | None, bool]:
    """Where to reach ``account``, and whether that could be read: one broken number keeps nobody else from being called."""
    try:
        return mobile_of(account, "staff_notice", about=about), True
    except (KeysUnavailable, Unreadable):
        log.exception("the number of account %d cannot be read; it is told in its other ways", account.pk)
        return None, False


def tell(
    account: Account, words: Callable[[str], str], *, key: str, about: str, path: str, not_before: datetime | None
) -> None:
    """Say ``words`` (of where to press) in the account's language, once for one ``key``; ``path`` is the page to open.

    A number that is read is on record, so that it is read for a message that is to be sent only.
    """
    community = active_community_id()
    with translation.override(account.language):
        if can_send() and not Notice.objects.filter(key=key).exists():
            number, _readable = number_of(account, about)
            if number is not None:
                text = words(f"{settings.LINLI_PUBLIC_URL}{path}")[:LONGEST]
                send(number, text, key, about, community, not_before=not_before)
        if can_send(Notice.Channel.PUSH) and browsers_of(account.pk).exists():
            ring(
                account,
                words(_("点开这里"))[:LONGEST],
                f"{key}:push",
                about,
                community,
                link=path,
                not_before=not_before,
            )


def tell_each(accounts: Iterable[Account], words: Callable[[str], str], *, key: str, path: str) -> None:
    """The same to each of them about what can wait for the morning."""
    not_before = quiet_until("P1", clock.now())
    for account in accounts:
        own = f"{key}:{account.pk}"
        tell(account, words, key=own, about=f"account:{account.pk}", path=path, not_before=not_before)
