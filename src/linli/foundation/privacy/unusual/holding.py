"""Questions about looks hold nothing of the resident's that the look itself does not tell."""

from __future__ import annotations

from linli.foundation.privacy.holdings import holds_nothing


def register() -> None:
    holds_nothing(("unusual.UnusualLook",), "a question to staff about a look that is told itself")
