"""How long it stays on record who looked."""

from __future__ import annotations

from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.retention.expiring import expires


def register() -> None:
    expires("privacy.AccessRecord", lambda before: AccessRecord.objects.filter(at__lt=before), moment="at")
