from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.understand.warnings import engine


@tick(timedelta(seconds=1))
def wake_detectors() -> None:
    """Timers that came due while nothing arrived."""
    engine.wake_due()
