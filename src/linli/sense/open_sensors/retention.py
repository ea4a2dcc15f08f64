"""Why nothing of somebody who is erased is left here, and when an opening that ended goes."""

from __future__ import annotations

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import spares
from linli.sense.open_sensors.models import OpenSensor


def register() -> None:
    expires("open_sensors.OpenSensor", lambda before: OpenSensor.objects.filter(ended_at__lt=before), moment="ended_at",
            resident="")  # fmt: skip
    spares(("open_sensors.OpenSensor",), "which devices in shared places are open, and who of the staff decided so")
