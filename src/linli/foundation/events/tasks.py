from datetime import timedelta

from linli.foundation.events import audit, pruning
from linli.foundation.lifecycle.ticks import tick


@tick(timedelta(hours=1), per_community=False)
def seal_the_day() -> None:
    """The first look of each day seals the root of the audit log."""
    audit.seal()


@tick(timedelta(days=1), per_community=False, real_time=True)
def forget_what_is_done() -> None:
    pruning.forget_what_is_done()
