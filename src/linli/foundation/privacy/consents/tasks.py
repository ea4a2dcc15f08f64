from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.consents import lapsing


@tick(timedelta(hours=1))
def end_what_lapsed() -> None:
    """Moved away, turned 14, or a purpose that is gone; authorities of principals who are no longer here."""
    lapsing.end_what_lapsed()
    lapsing.end_orphaned_authorities()
