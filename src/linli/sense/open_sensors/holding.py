"""Which devices are open to everybody: nothing in this table leads to a resident."""

from __future__ import annotations

from linli.foundation.privacy.holdings import holds_nothing


def register() -> None:
    holds_nothing(
        ("open_sensors.OpenSensor",), "which devices in shared places are open, and who of the staff decided so"
    )
