"""Exact search over sealed columns: a keyed digest that means nothing without its key.

``i1:`` and 128 bits of HMAC-SHA256 over the column's label and the normalised text. Equal texts in one column have
equal digests, so who holds the table sees which rows repeat a number, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from linli.foundation.vault.errors import KeysUnavailable
from linli.foundation.vault.keyring import ring

DIGEST = 32
"""Hexadecimal digits kept."""


def blind_index(label: str, text: str, tail: int = 0) -> list[str]:
    """The digests under which a text may stand, one for each live index key; none for the empty text. With ``tail``
    those of its last characters.

    Search with ``filter(phone_index__in=blind_index("registry.resident.phone", text))``. Raises
    :class:`KeysUnavailable`.
    """
    said = normalised(text)[-tail:]
    return [_digest(name, secret, label, said, tail) for name, secret in ring().index.secrets.items()] if said else []


def current_index(label: str, text: str, tail: int = 0) -> str:
    """The digest to store; empty for the empty text and while the keys are away (filled in when they are back)."""
    said = normalised(text)[-tail:]
    if not said:
        return ""
    try:
        keys = ring().index
    except KeysUnavailable:
        return ""
    return _digest(keys.current, keys.secrets[keys.current], label, said, tail)


def normalised(text: str) -> str:
    """Full-width digits, spaces, dashes and case do not make another number."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if not c.isspace() and c != "-")


def _digest(name: str, secret: bytes, label: str, said: str, tail: int) -> str:
    digest = hmac.new(secret, f"{label}\0{tail}\0{said}".encode(), hashlib.sha256).hexdigest()
    return f"{name}:{digest[:DIGEST]}"
