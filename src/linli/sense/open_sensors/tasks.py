from __future__ import annotations

from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.sense.open_sensors.actions import close_moved


@tick(timedelta(hours=1))
def close_what_moved() -> int:
    """A sensor that stands elsewhere than where it was opened is not open: say so in its row as well."""
    return close_moved()
