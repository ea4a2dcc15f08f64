"""How long opinions on the charter are kept; the charter itself is public and stays."""

from __future__ import annotations

from linli.foundation.privacy.charter.models import Opinion
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import spares


def register() -> None:
    expires("charter.Opinion", lambda before: Opinion.objects.filter(answered_at__lt=before), moment="answered_at")
    spares(
        ("charter.CharterVersion", "charter.Change", "charter.ChangeEntry"),
        "the public record of what staff decided in office",
    )
