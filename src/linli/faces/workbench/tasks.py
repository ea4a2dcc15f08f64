"""What the workbench does by itself."""

from __future__ import annotations

from datetime import timedelta

from linli.faces.workbench import subscribing
from linli.foundation.lifecycle.ticks import tick


@tick(timedelta(minutes=5))
def send_rates() -> None:
    subscribing.send_due()
