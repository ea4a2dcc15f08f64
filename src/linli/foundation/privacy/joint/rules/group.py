"""The group in which two lists meet: ristretto255 (RFC 9496), with texts mapped to it by RFC 9380.

An identity number has perhaps 35 bits of surprise, so its hash is as good as the number. Here it becomes a point
``H(x)`` of a group of prime order, and leaves the machine only as ``a·H(x)`` under a scalar that lives for one run:
whoever sees it without the scalar has to break decisional Diffie–Hellman to tell it from noise, however few numbers
there are. Points and scalars are 32 bytes; the arithmetic is libsodium's, through ``rbcl``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

POINT = 32
"""Bytes of an encoded element."""
SUITE = "ristretto255_XMD:SHA-512_R255MAP_RO_"


class NotAnElement(ValueError):
    """Bytes that encode no element of the group, or the neutral one."""


def expand_message(message: bytes, tag: bytes, length: int) -> bytes:
    """``expand_message_xmd`` with SHA-512 (RFC 9380 §5.3.1); raises :class:`ValueError` for a length over 255 blocks."""
    size, block = hashlib.sha512().digest_size, hashlib.sha512().block_size
    rounds = -(-length // size)
    if rounds > 255 or len(tag) > 255:
        raise ValueError("too long to expand")
    ending = tag + bytes([len(tag)])
    first = hashlib.sha512(bytes(block) + message + length.to_bytes(2, "big") + b"\x00" + ending).digest()
    last = hashlib.sha512(first + b"\x01" + ending).digest()
    out = last
    for number in range(2, rounds + 1):
        mixed = bytes(x ^ y for x, y in zip(first, last, strict=True))
        last = hashlib.sha512(mixed + bytes([number]) + ending).digest()
        out += last
    return out[:length]


def hash_to_group(message: bytes, tag: bytes) -> bytes:
    """``hash_to_ristretto255`` (RFC 9380 appendix B): indistinguishable from a random element, its logarithm unknown."""
    import rbcl

    return rbcl.crypto_core_ristretto255_from_hash(expand_message(message, tag, 64))


def new_scalar() -> bytes:
    """A fresh secret, never zero."""
    import rbcl

    return rbcl.crypto_core_ristretto255_scalar_random()


def filler() -> bytes:
    """A random element whose logarithm nobody knows: it matches nothing."""
    import rbcl

    return rbcl.crypto_core_ristretto255_random()


def raised(points: Iterable[bytes], scalar: bytes) -> list[bytes]:
    """Each element times the scalar, in the same order; raises :class:`NotAnElement`."""
    import rbcl

    out = []
    for point in points:
        # libsodium before 1.0.19 overlooks the highest bit: one element would have two encodings and could count twice.
        if len(point) != POINT or point[-1] & 0x80:
            raise NotAnElement("not the one encoding of an element of ristretto255")
        try:
            out.append(rbcl.crypto_scalarmult_ristretto255(scalar, point))
        except (RuntimeError, TypeError, ValueError) as error:
            raise NotAnElement("not an element of ristretto255") from error
    return out
