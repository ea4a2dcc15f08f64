from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.exports import actions


@tick(timedelta(hours=1))
def expire_exports() -> None:
    actions.expire()
