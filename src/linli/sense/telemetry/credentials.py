"""Device secrets: 256 random bits, shown once, kept only as their SHA-256.

A slow password hash would protect a guessable secret; this one cannot be guessed, and devices reconnect by the
thousand after a power cut.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256


def new_secret() -> str:
    """Begins with no dash: a spreadsheet in which it is handed over would take it for a formula."""
    while (secret := secrets.token_urlsafe(32)).startswith("-"):
        pass
    return secret


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def fits(secret: str, kept_digest: str) -> bool:
    """Whether ``secret`` is the one; takes the same time either way."""
    return hmac.compare_digest(digest(secret), kept_digest)
