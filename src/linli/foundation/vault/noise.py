"""The secret behind consistent noise: made of the key that never rotates, because noise that changes can be averaged away."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linli.foundation.vault.keyring import ring

BYTES = 32


def noise_secret(label: str) -> bytes:
    """32 bytes that are the same for ever for one label; raises :class:`KeysUnavailable`.

    HKDF-SHA256 (RFC 5869) of the ring's root, which :meth:`Ring.rotated` keeps. It is never written down.
    """
    return HKDF(hashes.SHA256(), BYTES, None, f"linli noise\0{label}".encode()).derive(ring().root)
