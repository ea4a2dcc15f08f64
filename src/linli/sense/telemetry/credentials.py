"""Device secrets: 256 random bits, shown once, kept only as their SHA-256.

A slow password hash would protect a guessable secret; this one cannot be guessed, and devices reconnect by the
thousand after a power cut.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def fits(secret: str, kept_digest: str) -> bool:
    """Whether ``secret`` is the one; takes the same time either way."""
    return hmac.compare_digest(digest(secret), kept_digest)
