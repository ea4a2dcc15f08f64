"""Sealing and opening one value: authenticated encryption bound to the column it belongs to.

A token is ``1.<cipher>.<key>.<nonce, ciphertext and tag>`` (cipher ``a``: AES-256-GCM, NIST SP 800-38D; ``s``:
SM4-GCM, GB/T 32907 with GB/T 36624), or ``b.<…>`` when it was sealed to the public key (X25519, HKDF-SHA256,
AES-256-GCM). Only ``foundation/privacy/door.py`` may open one; a test reads the imports.
"""

from __future__ import annotations

import base64
import binascii
import os
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from linli.foundation.vault.errors import KeysUnavailable, Unreadable
from linli.foundation.vault.keyring import box_public, ring
from linli.foundation.vault.ring import Ring

NONCE, TAG, PUBLIC = 12, 16, 32
CIPHERS = {"aes-gcm": "a", "sm4-gcm": "s"}
BOXED = "b."
FILE_MARK = b"LINLI1\n"


def seal(text: str, label: str) -> str:
    """The token of a text for a column; the empty text stays empty, because absence is no secret.

    Without keys it is sealed to the public key: a write is never lost and never lies in plain.
    """
    return _seal(text.encode(), label) if text else ""


def unseal(token: str, label: str) -> str:
    """The text of a token; raises :class:`KeysUnavailable` or :class:`Unreadable`."""
    return _unseal(token, label).decode() if token else ""


def seal_bytes(data: bytes, label: str) -> bytes:
    """A whole file's bytes, sealed, with a mark before them."""
    return FILE_MARK + _seal(data, label).encode()


def unseal_bytes(data: bytes, label: str) -> bytes:
    """The bytes of a sealed file; what carries no mark was never sealed and comes back as it is."""
    return _unseal(data.removeprefix(FILE_MARK).decode(), label) if data.startswith(FILE_MARK) else data


def is_boxed(token: str) -> bool:
    """Whether it was written while the keys were away and waits to be sealed with them."""
    return token.startswith(BOXED)


def key_of(token: str) -> str:
    """The name of the key that sealed it; empty for a boxed one."""
    return "" if is_boxed(token) else token.split(".", 3)[2]


def _seal(data: bytes, label: str) -> str:
    try:
        keys = ring().data
    except KeysUnavailable:
        return _box(data, label)
    cipher, nonce = CIPHERS[settings.LINLI_CIPHER], os.urandom(NONCE)
    body = _encrypt(cipher, keys.secrets[keys.current], nonce, data, label.encode())
    return f"1.{cipher}.{keys.current}.{_text(nonce + body)}"


def _unseal(token: str, label: str) -> bytes:
    try:
        if is_boxed(token):
            return _unbox(_raw(token.removeprefix(BOXED)), label)
        version, cipher, name, body = token.split(".", 3)
        if version != "1":
            raise Unreadable("a seal of an unknown version")
        raw = _raw(body)
        return _decrypt(cipher, _secret(name), raw[:NONCE], raw[NONCE:], label.encode())
    except (ValueError, binascii.Error, InvalidTag) as error:
        raise Unreadable("not sealed for this column, or changed") from error


def _secret(name: str) -> bytes:
    """The key; one that this process has not heard of is looked up anew, because another may have rotated."""
    for known in (ring, lambda: ring(fresh=True)):
        found: Ring = known()
        if name in found.data.secrets:
            return found.data.secrets[name]
    raise Unreadable(f"the key {name} has been destroyed")


def _encrypt(cipher: str, secret: bytes, nonce: bytes, data: bytes, label: bytes) -> bytes:
    key = _derived(secret, cipher)
    if cipher == "a":
        return AESGCM(key).encrypt(nonce, data, label)
    sm4 = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sm4.authenticate_additional_data(label)
    return sm4.update(data) + sm4.finalize() + sm4.tag


def _decrypt(cipher: str, secret: bytes, nonce: bytes, body: bytes, label: bytes) -> bytes:
    key = _derived(secret, cipher)
    if cipher == "a":
        return AESGCM(key).decrypt(nonce, body, label)
    sm4 = Cipher(algorithms.SM4(key), modes.GCM(nonce, body[-TAG:])).decryptor()
    sm4.authenticate_additional_data(label)
    return sm4.update(body[:-TAG]) + sm4.finalize()


@lru_cache(maxsize=64)
def _derived(secret: bytes, cipher: str) -> bytes:
    lengths = {"a": 32, "s": 16}
    if cipher not in lengths:
        raise ValueError(f"unknown cipher {cipher!r}")
    return HKDF(hashes.SHA256(), lengths[cipher], None, f"linli seal {cipher}".encode()).derive(secret)


def _box(data: bytes, label: str) -> str:
    public, mine = box_public(), X25519PrivateKey.generate()
    key = _shared(
        mine.exchange(X25519PublicKey.from_public_bytes(public)), mine.public_key().public_bytes_raw(), public
    )
    # The key is new for every box, so a constant nonce is never repeated under it.
    return BOXED + _text(mine.public_key().public_bytes_raw() + AESGCM(key).encrypt(bytes(NONCE), data, label.encode()))


def _unbox(raw: bytes, label: str) -> bytes:
    """With the box of now or one from before a rotation; one that this process has not heard of is looked up anew."""
    tried: set[bytes] = set()
    for known in (ring, lambda: ring(fresh=True)):
        found: Ring = known()
        for box in (found.box, *found.old_boxes):
            if box in tried:
                continue
            tried.add(box)
            mine, theirs = X25519PrivateKey.from_private_bytes(box), X25519PublicKey.from_public_bytes(raw[:PUBLIC])
            key = _shared(mine.exchange(theirs), raw[:PUBLIC], mine.public_key().public_bytes_raw())
            with suppress(InvalidTag):
                return AESGCM(key).decrypt(bytes(NONCE), raw[PUBLIC:], label.encode())
    raise InvalidTag


def _shared(secret: bytes, theirs: bytes, ours: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, b"linli box" + theirs + ours).derive(secret)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
