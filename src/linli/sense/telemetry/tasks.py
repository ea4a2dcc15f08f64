"""What telemetry looks at by itself."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry import conditions


@tick(timedelta(hours=6))
def look_after_sensors() -> None:
    conditions.inspect(Actor.for_system("telemetry", active_community_id()))
