"""Who goes has changed with the hands that the case is in: both hear of it, as they would be called."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.understand.warnings.call_links import warning_path
from linli.understand.warnings.call_plan import quiet_until
from linli.understand.warnings.call_words import handed_text
from linli.understand.warnings.models import Ladder
from linli.understand.warnings.staff_messages import tell


def tell_handed(ladder: Ladder, accounts: Collection[int]) -> None:
    """Each of ``accounts`` in every way there is, once for a hand-over; at night only of danger to life."""
    warning = ladder.warning
    not_before = quiet_until(warning.level, clock.now())
    for account in Account.objects.filter(pk__in=accounts, is_active=True):
        tell(
            account, partial(handed_text, ladder, account),
            key=f"handed:{ladder.pk}:{account.pk}", about=f"warning:{warning.pk}", path=warning_path(warning.pk),
            not_before=not_before,
        )  # fmt: skip
