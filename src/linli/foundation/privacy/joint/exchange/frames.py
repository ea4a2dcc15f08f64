"""What travels: typed messages, each behind four bytes of length, over a connected socket.

The messages go in a fixed order, one side at a time, so that both keep the same running digest of everything said.
"""

from __future__ import annotations

import hashlib
import socket
import struct
import time
from typing import Any, TypeVar

import msgspec

LARGEST = 1 << 18
"""Bytes of one frame."""
POINTS_A_FRAME = 1024
TIMEOUT = 120.0
"""Seconds that one side waits for the other's next frame: as long as the longest list takes."""
AT_MOST = 1800.0
"""Seconds that a whole run may take."""


class Broken(Exception):
    """The connection ended, stalled, or was cut inside a message: nothing is kept."""


class Breach(Exception):
    """The other side said what the agreement does not allow; ``code`` says which rule."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Stopped(Exception):
    """The other side ended the run and said why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of everything said."""


class Call(Message, frozen=True):
    """Whoever connected says which run it is about."""

    run: str


class Hello(Message, frozen=True):
    """The counter begins: the agreed terms, its length rounded up, the lengths of its groups, who approved, and the
    newest digest of its log."""

    terms: dict[str, Any]
    people: int
    groups: list[int]
    proposed_by: str
    approved_by: str
    log_head: str
    nonce: bytes


class Welcome(Message, frozen=True):
    """The answerer agrees."""

    digest: str
    people: int
    proposed_by: str
    approved_by: str
    log_head: str
    nonce: bytes


class Points(Message, frozen=True):
    """Elements of one ``stage`` (``ours``, ``yours``, ``back``) and group, 32 bytes each."""

    stage: str
    group: int
    points: bytes


class Result(Message, frozen=True):
    """The noisy count of each group, signed together with the digest of everything said before.

    ``counts`` are eight bytes each, big-endian and signed: a larger count is no longer message.
    """

    counts: bytes
    transcript: str
    signature: str


class Receipt(Message, frozen=True):
    """The answerer's signature over the same."""

    signature: str


class Stop(Message, frozen=True):
    """The run ends here."""

    code: str


Said = Call | Hello | Welcome | Points | Result | Receipt | Stop
M = TypeVar("M", bound=Message)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Said).decode


class Channel:
    """Both directions of one connection; ``sent`` and ``received`` count bytes, ``transcript`` digests them in order."""

    def __init__(self, connection: socket.socket, timeout: float = TIMEOUT) -> None:
        self.connection, self.timeout = connection, timeout
        self.sent = self.received = 0
        self._said = hashlib.sha256()
        self._ends = time.monotonic() + AT_MOST

    @property
    def transcript(self) -> str:
        return self._said.hexdigest()

    def send(self, message: Said) -> None:
        """Raises :class:`Broken`."""
        body = _encode(message)
        frame = struct.pack(">I", len(body)) + body
        self._patience()
        try:
            self.connection.sendall(frame)
        except OSError as error:
            raise Broken("the connection ended while sending") from error
        self.sent += len(frame)
        self._said.update(frame)

    def receive(self, kind: type[M]) -> M:
        """The next message, which must be of this kind.

        Raises :class:`Broken`, :class:`Breach`, and :class:`Stopped` when the other side gave up.
        """
        head = self._exactly(4)
        (length,) = struct.unpack(">I", head)
        if not 0 < length <= LARGEST:
            raise Breach("frame_size")
        body = self._exactly(length)
        try:
            message = _decode(body)
        except msgspec.MsgspecError as error:
            raise Breach("frame_shape") from error
        if isinstance(message, Stop):
            raise Stopped(message.code[:40])
        if not isinstance(message, kind):
            raise Breach("out_of_order")
        self.received += 4 + length
        self._said.update(head + body)
        return message

    def stop(self, code: str) -> None:
        """Say that the run ends; whether it is heard does not matter."""
        try:
            self.connection.settimeout(5.0)
            body = _encode(Stop(code))
            self.connection.sendall(struct.pack(">I", len(body)) + body)
        except OSError:
            pass

    def _exactly(self, size: int) -> bytes:
        parts, missing = [], size
        while missing:
            self._patience()
            try:
                part = self.connection.recv(min(missing, 1 << 16))
            except OSError as error:
                raise Broken("the connection ended while waiting") from error
            if not part:
                raise Broken("the other side closed the connection")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _patience(self) -> None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Broken("the run took too long")
        self.connection.settimeout(min(self.timeout, left))
