"""The keys themselves: plain data, made, rotated and written as JSON. Pure but for randomness."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

VERSION = 2
BYTES = 32


@dataclass(frozen=True)
class Keys:
    """Secrets by their short names; ``current`` seals, the others only open what they sealed."""

    current: str
    secrets: dict[str, bytes] = field(repr=False)

    def with_new(self, prefix: str) -> Keys:
        name = f"{prefix}{max((int(one[len(prefix) :]) for one in self.secrets), default=0) + 1}"
        return Keys(name, {**self.secrets, name: secrets.token_bytes(BYTES)})

    def without(self, name: str) -> Keys:
        if name == self.current:
            raise ValueError(f"{name} is in use")
        return replace(self, secrets={one: key for one, key in self.secrets.items() if one != name})


@dataclass(frozen=True)
class Ring:
    """``data`` seals values, ``index`` makes blind indexes, ``box`` (X25519, private) opens what was written while
    the keys were away; ``old_boxes`` those of what was written before a rotation and is not resealed yet.

    ``root`` never rotates: what is derived of it must stay the same (:mod:`.noise`). ``past_publics`` are public keys of boxes
    that are gone, by which a machine that missed a rotation is still known as one of this installation.
    """

    data: Keys
    index: Keys
    box: bytes = field(repr=False)
    root: bytes = field(repr=False)
    old_boxes: tuple[bytes, ...] = field(default=(), repr=False)
    past_publics: tuple[bytes, ...] = ()

    @classmethod
    def fresh(cls) -> Ring:
        empty = Keys("", {})
        return cls(empty.with_new("k"), empty.with_new("i"), _new_box(), secrets.token_bytes(BYTES))

    @property
    def box_public(self) -> bytes:
        return _public(self.box)

    @property
    def known_publics(self) -> frozenset[bytes]:
        """Of every box that this installation ever had."""
        return frozenset({self.box_public, *map(_public, self.old_boxes), *self.past_publics})

    def rotated(self) -> Ring:
        """A new current key of each kind beside the old ones."""
        return replace(
            self,
            data=self.data.with_new("k"),
            index=self.index.with_new("i"),
            box=_new_box(),
            old_boxes=(self.box, *self.old_boxes),
        )

    def without_old_boxes(self) -> Ring:
        """When nothing that they open is left."""
        gone = tuple(map(_public, self.old_boxes))
        return replace(self, old_boxes=(), past_publics=(*gone, *self.past_publics))

    def as_json(self) -> dict:
        return {
            "version": VERSION,
            "data": _keys_as_json(self.data),
            "index": _keys_as_json(self.index),
            "box": base64.b64encode(self.box).decode(),
            "root": base64.b64encode(self.root).decode(),
            "old_boxes": [base64.b64encode(one).decode() for one in self.old_boxes],
            "past_publics": [base64.b64encode(one).decode() for one in self.past_publics],
        }

    @classmethod
    def from_json(cls, facts: dict) -> Ring:
        """A ring of this version or of the first, whose box was also its root; raises :class:`ValueError` for anything else."""
        try:
            if facts["version"] not in (1, VERSION):
                raise ValueError(f"a key ring of version {facts['version']}")
            return cls(
                _keys_from(facts["data"]),
                _keys_from(facts["index"]),
                _bytes(facts["box"]),
                _bytes(facts["root"] if facts["version"] == VERSION else facts["box"]),
                tuple(map(_bytes, facts.get("old_boxes", ()))),
                tuple(map(_bytes, facts.get("past_publics", ()))),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a key ring: {error}") from error


def _new_box() -> bytes:
    return X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )


def _public(box: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(box).public_key().public_bytes_raw()


def _keys_as_json(keys: Keys) -> dict:
    return {
        "current": keys.current,
        "keys": {name: base64.b64encode(secret).decode() for name, secret in keys.secrets.items()},
    }


def _keys_from(facts: dict) -> Keys:
    found = {name: _bytes(text) for name, text in facts["keys"].items()}
    if facts["current"] not in found:
        raise ValueError("the current key is missing")
    return Keys(facts["current"], found)


def _bytes(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != BYTES:
        raise ValueError("a key of the wrong length")
    return raw
