"""Who goes has changed with the hands that the case is in: both hear of it, as they would be called."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.notices.actions import can_send, ring, send
from linli.foundation.notices.browsers import browsers_of
from linli.foundation.notices.models import Notice
from linli.understand.warnings.call_links import warning_path, warning_url
from linli.understand.warnings.call_plan import quiet_until
from linli.understand.warnings.call_words import LONGEST, handed_text
from linli.understand.warnings.calling import number_of
from linli.understand.warnings.models import Ladder


def tell_handed(ladder: Ladder, accounts: Collection[int]) -> None:
    """Each of ``accounts`` in every way there is, once for a hand-over; at night only of danger to life."""
    warning = ladder.warning
    about = f"warning:{warning.pk}"
    for account in Account.objects.filter(pk__in=accounts, is_active=True):
        key = f"handed:{ladder.pk}:{account.pk}"
        number, _readable = number_of(account, warning.pk)
        with translation.override(account.language):
            if number is not None and can_send():
                text = handed_text(ladder, account, warning_url(warning.pk))[:LONGEST]
                not_before = quiet_until(warning.level, clock.now())
                send(number, text, key, about, warning.community_id, not_before=not_before)
            if can_send(Notice.Channel.PUSH) and browsers_of(account.pk).exists():
                text = handed_text(ladder, account, _("点开这里"))[:LONGEST]
                ring(account, text, f"{key}:push", about, warning.community_id, link=warning_path(warning.pk))
