from datetime import timedelta

from linli.foundation.events import audit
from linli.foundation.lifecycle.ticks import tick


@tick(timedelta(hours=1), per_community=False)
def seal_the_day() -> None:
    """The first look of each day seals the root of the audit log."""
    audit.seal()
