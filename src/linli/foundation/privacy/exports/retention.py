"""How long it stays known who asked to take out what; the people on a list were named only until it was over."""

from __future__ import annotations

from linli.foundation.privacy.exports.models import Export
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import spares


def register() -> None:
    expires("exports.Export", lambda before: Export.objects.filter(asked_at__lt=before), moment="asked_at", resident="")
    spares(
        ("exports.Export",),
        "a worker's request; whoever is on a list that still waits is a key that then leads to nobody",
    )
