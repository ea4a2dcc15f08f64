"""A party's two keys: one that signs its log and its results, one that opens the encrypted connection.

The signing key is Ed25519 (RFC 8032) or SM2 (GB/T 32918.2, with the default user of GB/T 35276). The connection is TLS 1.3
with a certificate that the party signs itself; the partner is known by the certificate on its card and by no authority.
Both keys lie in one folder that only its owner can read, outside the database; the card is what one hands to the other.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from linli.foundation.privacy.joint.rules.terms import canonical

ALGORITHMS = ("ed25519", "sm2")
SM2_USER = b"1234567812345678"
CERTIFICATE_LIVES = timedelta(days=3650)


class BadCard(ValueError):
    """No card of a party."""


@dataclass(frozen=True)
class Card:
    """What a partner is known by: ``sign`` is the public signing key in hexadecimal, ``certificate`` PEM."""

    name: str
    algorithm: str
    sign: str
    certificate: str

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits over both keys, to read to each other over the telephone."""
        der = x509.load_pem_x509_certificate(self.certificate.encode()).public_bytes(Encoding.DER)
        facts = {"algorithm": self.algorithm, "sign": self.sign, "certificate": hashlib.sha256(der).hexdigest()}
        return hashlib.sha256(canonical(facts)).hexdigest()[:32]

    @property
    def spoken(self) -> str:
        """The fingerprint in groups of four."""
        return " ".join(re.findall("....", self.fingerprint))

    def verifies(self, message: bytes, signature: str) -> bool:
        """Whether the party signed it."""
        try:
            raw = bytes.fromhex(signature)
            if self.algorithm == "ed25519":
                Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.sign)).verify(raw, message)
                return True
            from gmalg import SM2

            return len(raw) == 64 and SM2(uid=SM2_USER, pk=bytes.fromhex(self.sign)).verify(message, raw[:32], raw[32:])
        except (InvalidSignature, ValueError):
            return False

    def as_text(self) -> str:
        facts = {"name": self.name, "algorithm": self.algorithm, "sign": self.sign, "certificate": self.certificate}
        return json.dumps({"linli_joint_card": 1, **facts}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Card:
        """Raises :class:`BadCard`."""
        try:
            facts = json.loads(text)
            card = cls(*(str(facts[name]) for name in ("name", "algorithm", "sign", "certificate")))
            sizes = {"ed25519": 32, "sm2": 65}
            if facts.get("linli_joint_card") != 1 or len(bytes.fromhex(card.sign)) != sizes[card.algorithm]:
                raise BadCard("a card of another kind")
            if not 1 <= len(card.name) <= 64 or not card.fingerprint:
                raise BadCard("a card without a name")
        except BadCard:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise BadCard("not a card") from error
        return card


@dataclass(frozen=True)
class PartyKeys:
    """The keys of one party in their folder."""

    folder: Path
    card: Card
    secret: bytes

    @property
    def tls_file(self) -> Path:
        return self.folder / "tls.pem"

    def sign(self, message: bytes) -> str:
        """A signature in hexadecimal, 64 bytes."""
        if self.card.algorithm == "ed25519":
            return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message).hex()
        from gmalg import SM2

        r, s = SM2(self.secret, SM2_USER, bytes.fromhex(self.card.sign)).sign(message)
        return (r.rjust(32, b"\0") + s.rjust(32, b"\0")).hex()

    @classmethod
    def make(cls, folder: Path, name: str, algorithm: str = "ed25519") -> PartyKeys:
        """Make and store new keys; raises :class:`FileExistsError` where there are some, :class:`ValueError`."""
        if algorithm not in ALGORITHMS or not 1 <= len(name) <= 64:
            raise ValueError("a name of up to 64 characters, and ed25519 or sm2")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret, public = _pair(algorithm)
        tls, certificate = _certificate(name)
        card = Card(name, algorithm, public.hex(), certificate)
        _write_new(folder / "party.json", json.dumps({"card": card.as_text(), "secret": secret.hex()}))
        _write_new(folder / "tls.pem", tls + certificate)
        return cls(folder, card, secret)

    @classmethod
    def load(cls, folder: Path) -> PartyKeys:
        """Raises :class:`FileNotFoundError` where none were made."""
        facts = json.loads((folder / "party.json").read_text())
        return cls(folder, Card.from_text(facts["card"]), bytes.fromhex(facts["secret"]))


def _pair(algorithm: str) -> tuple[bytes, bytes]:
    if algorithm == "ed25519":
        key = Ed25519PrivateKey.generate()
        return key.private_bytes_raw(), key.public_key().public_bytes_raw()
    from gmalg import SM2

    return SM2().generate_keypair()


def _certificate(name: str) -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    # The machine's own time: a certificate is checked by TLS, which knows no simulated clock.
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + CERTIFICATE_LIVES)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, None)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return secret, made.public_bytes(Encoding.PEM).decode()


def _write_new(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
