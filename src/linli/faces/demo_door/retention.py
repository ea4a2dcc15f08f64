"""How long the orders of a demo stay."""

from __future__ import annotations

from linli.faces.demo_door.models import Order
from linli.foundation.privacy.retention.expiring import expires


def register() -> None:
    expires("demo_door.Order", lambda before: Order.objects.filter(asked_at__lt=before), moment="asked_at")
