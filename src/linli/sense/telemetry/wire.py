"""The NATS client protocol, synchronous and lean: what ingest, the HTTP door and the gatekeeper speak.

Storing is synchronous (Django's ORM), and ``nats-py`` spends 25 µs of asyncio machinery on each message, most of
the budget of one core; reading whole socket buffers of frames costs 2 µs. ADR 3 has the figures. Only what is
needed here: CONNECT, SUB, PUB, MSG/HMSG, PING, one request–reply inbox.

Protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol
"""

from __future__ import annotations

import contextlib
import json
import secrets
import select
import socket
import time
from dataclasses import dataclass
from typing import NamedTuple

RECEIVE_BYTES = 1 << 20


class WireError(ConnectionError):
    """The server refused something or went away; the connection is of no more use."""


class Frame(NamedTuple):
    """One message: ``header`` is the raw NATS/1.0 header block, empty when there is none."""

    subject: bytes
    reply: bytes
    header: bytes
    payload: bytes

    @property
    def status(self) -> int:
        """The status of a header-only answer of the server (404, 408, 409, 503), else 0."""
        if not self.header.startswith(b"NATS/1.0 "):
            return 0
        code = self.header[9:12]
        return int(code) if code.isdigit() else 0


@dataclass(frozen=True)
class Address:
    """Where the message server listens and as whom to enter."""

    host: str
    port: int
    user: str
    password: str


class Connection:
    """One connection; not safe for use by several threads at once."""

    def __init__(self, address: Address, *, name: str, timeout: float = 5.0) -> None:
        self._rest = b""
        self._inbox = b"_INBOX." + secrets.token_hex(11).encode()
        self._requests = 0
        self._subscriptions = 0
        self._waiting: list[Frame] = []
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=timeout)
        except OSError as broken:
            raise WireError(f"no message server at {address.host}:{address.port}: {broken}") from broken
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._enter(address, name, timeout)
        except BaseException:
            self.close()
            raise

    def _enter(self, address: Address, name: str, timeout: float) -> None:
        hello = {
            "user": address.user, "pass": address.password, "name": name, "lang": "python", "version": "1",
            "protocol": 1, "verbose": False, "pedantic": False, "headers": True, "no_responders": True,
        }  # fmt: skip
        self._send(b"CONNECT " + json.dumps(hello).encode() + b"\r\nPING\r\n")
        self._ponged = False
        until = time.monotonic() + timeout
        while not self._ponged:
            if time.monotonic() > until:
                raise WireError("the message server does not answer")
            self._waiting += self._receive(until - time.monotonic())
        self.subscribe(self._inbox + b".*")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def subscribe(self, subject: bytes) -> None:
        self._subscriptions += 1
        self._send(b"SUB %b %d\r\n" % (subject, self._subscriptions))

    def publish(self, subject: bytes, payload: bytes = b"", *, reply: bytes = b"", header: bytes = b"") -> None:
        """``header``: one line, or nothing."""
        if header:
            block = b"NATS/1.0\r\n%b\r\n\r\n" % header
            sizes = (len(block), len(block) + len(payload))
            self._send(b"HPUB %b %b %d %d\r\n%b%b\r\n" % (subject, reply, *sizes, block, payload))
        else:
            self._send(b"PUB %b %b %d\r\n%b\r\n" % (subject, reply, len(payload), payload))

    def publish_many(self, messages: list[tuple[bytes, bytes]]) -> None:
        """Send (subject, payload) pairs in one write, without waiting for anything."""
        self._send(b"".join(b"PUB %b %d\r\n%b\r\n" % (s, len(p), p) for s, p in messages))

    def new_inbox(self) -> bytes:
        """A subject for answers that :meth:`read` will return."""
        self._requests += 1
        return b"%b.%d" % (self._inbox, self._requests)

    def request(self, subject: bytes, payload: bytes = b"", *, timeout: float = 5.0, header: bytes = b"") -> bytes:
        """The first answer's payload; other messages that arrive meanwhile wait for :meth:`read`."""
        reply = self.new_inbox()
        self.publish(subject, payload, reply=reply, header=header)
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            answer = None
            for frame in self._receive(left):
                if answer is None and frame.subject == reply:
                    answer = frame
                else:
                    self._waiting.append(frame)
            if answer is not None:
                if answer.status == 503:
                    raise WireError(f"nobody answers {subject.decode()}")
                return answer.payload
        raise WireError(f"no answer to {subject.decode()} within {timeout:g} s")

    def read(self, timeout: float) -> list[Frame]:
        """Whatever has arrived, waiting at most ``timeout`` seconds for the first of it; may be empty."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            return waiting
        return self._receive(timeout)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as broken:
            raise WireError(f"the message server is gone: {broken}") from broken

    def _receive(self, timeout: float) -> list[Frame]:
        try:
            if not select.select([self._socket], [], [], max(timeout, 0))[0]:
                return []
            arrived = self._socket.recv(RECEIVE_BYTES)
        except OSError as broken:
            raise WireError(f"the message server is gone: {broken}") from broken
        if not arrived:
            raise WireError("the message server closed the connection")
        return self._frames(self._rest + arrived)

    def _frames(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        position = 0
        while (line_end := data.find(b"\r\n", position)) >= 0:
            line = data[position:line_end]
            start = line_end + 2
            if line.startswith((b"MSG ", b"HMSG ")):
                words = line.split()
                stop = start + int(words[-1])
                if len(data) < stop + 2:
                    break
                if words[0] == b"MSG":
                    reply = words[3] if len(words) == 5 else b""
                    frames.append(Frame(words[1], reply, b"", data[start:stop]))
                else:
                    reply = words[3] if len(words) == 6 else b""
                    body = start + int(words[-2])
                    frames.append(Frame(words[1], reply, data[start:body], data[body:stop]))
                position = stop + 2
                continue
            position = start
            if line == b"PING":
                self._send(b"PONG\r\n")
            elif line == b"PONG":
                self._ponged = True
            elif line.startswith(b"-ERR"):
                raise WireError(line[5:].decode(errors="replace").strip("' "))
        self._rest = data[position:]
        return frames
