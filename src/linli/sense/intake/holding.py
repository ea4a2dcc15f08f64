"""What waits at a door belongs to nobody yet: a person still has to say who spoke."""

from __future__ import annotations

from linli.foundation.privacy.holdings import holds_nothing


def register() -> None:
    holds_nothing(
        ("intake.Arrival", "intake.HotlineFile", "intake.Counter", "intake.Correspondence", "intake.Letter"),
        "words that wait for a person to say whose they are; once filed, the request itself is told",
    )
