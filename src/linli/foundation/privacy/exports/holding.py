"""An export is a worker's doing; that somebody was on it stands among who looked at them."""

from __future__ import annotations

from linli.foundation.privacy.holdings import holds_nothing


def register() -> None:
    holds_nothing(("exports.Export",), "a worker's request; each person on it has an access record of their own")
