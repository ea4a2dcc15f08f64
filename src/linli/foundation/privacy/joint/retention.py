"""Why nothing of somebody who is erased is left here."""

from __future__ import annotations

from linli.foundation.privacy.retention.person import spares


def register() -> None:
    spares(
        ("joint.JointPartner", "joint.JointRun", "joint.JointLogEntry"),
        "numbers, digests and which staff approved",
    )
