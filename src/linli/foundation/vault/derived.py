"""Secrets made of the installation's key for one use each: never written down, and gone with the nonce that made them."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linli.foundation.vault.keyring import ring

BYTES = 32


def derived_secret(label: str, nonce: bytes) -> bytes:
    """32 bytes by HKDF-SHA256 (RFC 5869) of the key that rotation keeps; raises :class:`KeysUnavailable`."""
    return HKDF(hashes.SHA256(), BYTES, nonce, f"linli derived\0{label}".encode()).derive(ring().root)
