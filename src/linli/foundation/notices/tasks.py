from datetime import timedelta

from linli.foundation.accounts.sign_in import CODE_LIVES
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.notices import actions


@tick(timedelta(seconds=1), per_community=False, real_time=True)
def deliver_notices() -> None:
    actions.drop_stale_secrets(older_than=CODE_LIVES)
    actions.deliver_due()
