"""How a text message or a spoken call leaves the house: one small protocol, three ways that ship, and none until one is
chosen.

``settings.LINLI_SMS`` and ``settings.LINLI_VOICE`` name the way: ``outbox`` (a file that stands for the telephone network;
the demo's simulated people read it), ``console`` (standard error, for a developer) or ``http_gateway`` (any provider that
takes a POST; one for calls reads the text aloud). Production starts without any: a message that would reach nobody must
not count as sent.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from linli.foundation.security import outgoing


class NotDelivered(Exception):
    """The message did not leave; the text says why in a form that an operator understands, without the message."""


@dataclass(frozen=True)
class Message:
    """``to`` is a mainland mobile number, 11 digits; ``key`` lets a provider recognise a repetition; ``at`` is ISO 8601."""

    to: str
    text: str
    key: str
    about: str
    at: str


class Adapter(Protocol):
    @property
    def slow(self) -> bool:
        """Whether handing a message over waits for a network; such a hand-over must not hold up a page."""

    def deliver(self, message: Message) -> None:
        """Hand the message over; raises :class:`NotDelivered`. Returning means the network has it."""


@dataclass(frozen=True)
class Outbox:
    """Appends one JSON object a line: ``{"to", "text", "key", "about", "at"}``."""

    path: Path
    slow: bool = False

    def deliver(self, message: Message) -> None:
        line = json.dumps(vars(message), ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise NotDelivered(f"outbox: {error.strerror}") from error


@dataclass(frozen=True)
class NoWay:
    """Nobody has said how messages leave: each one stays, is tried again, and is in the end shown as failed."""

    setting: str = "LINLI_SMS"
    slow: bool = False

    def deliver(self, message: Message) -> None:
        raise NotDelivered(f"no gateway is set ({self.setting})")


@dataclass(frozen=True)
class Console:
    slow: bool = False

    def deliver(self, message: Message) -> None:
        print(f"[{message.to}] {message.text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class HttpGateway:
    """POSTs ``{"to", "text", "key"}`` as JSON with a bearer token; 2xx means accepted.

    ``url`` may contain ``{to}``. A 4xx answer is as final as a 5xx to the caller: the queue decides on retries.
    """

    url: str
    token: str
    timeout: float = 5.0
    slow: bool = True

    def deliver(self, message: Message) -> None:
        try:
            answer = outgoing.send(
                "POST",
                self.url.replace("{to}", message.to),
                json={"to": message.to, "text": message.text, "key": message.key},
                headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": message.key},
                operators=True,
                seconds=self.timeout,
            )
        except outgoing.NotSent as error:
            raise NotDelivered(f"gateway: {error}") from error
        if not answer.is_success:
            raise NotDelivered(f"gateway: HTTP {answer.status}")


SETTINGS = {"sms": "LINLI_SMS", "voice": "LINLI_VOICE"}
OUTBOXES = {"sms": "outbox.ndjson", "voice": "calls.ndjson"}


def adapter(channel: str = "sms") -> Adapter:
    """The adapter that the settings name for ``sms`` or ``voice``; raises :class:`ImproperlyConfigured` for an unknown or
    incomplete one."""
    name = SETTINGS[channel]
    match getattr(settings, name):
        case "":
            return NoWay(name)
        case "outbox":
            return Outbox(settings.LINLI_HOME / "phones" / OUTBOXES[channel])
        case "console":
            return Console()
        case "http_gateway":
            if not getattr(settings, f"{name}_URL"):
                raise ImproperlyConfigured(f"{name}=http_gateway needs {name}_URL")
            return HttpGateway(getattr(settings, f"{name}_URL"), getattr(settings, f"{name}_TOKEN"))
        case other:
            raise ImproperlyConfigured(f"{name} is outbox, console or http_gateway, not {other!r}")
