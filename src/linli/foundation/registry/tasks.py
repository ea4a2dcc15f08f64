"""What the registry does by itself."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.registry.actions import forget_old_uploads


@tick(timedelta(hours=1), real_time=True)
def forget_uploads() -> None:
    """Files that were uploaded for an import hold personal data: they are kept a day and no longer."""
    forget_old_uploads()
