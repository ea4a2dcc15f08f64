"""What a device must be told once: where the message server is, and its own name and secret."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from linli.sense.telemetry.actions import Enrolled
from linli.sense.telemetry.broker import last_place
from linli.sense.telemetry.stream import topic_of

MQTT_PORT = 1883


@dataclass(frozen=True)
class Access:
    """``url`` holds all of it, for a device that can read a code: ``mqtt://user:secret@host:port/topic``."""

    code: str
    secret: str
    host: str
    port: int
    topic: str

    @property
    def url(self) -> str:
        return f"mqtt://{self.code}:{self.secret}@{self.host}:{self.port}/{self.topic}"


def access_of(enrolled: Enrolled) -> Access:
    """How the device connects; the port is where this instance's message server listens or listened last."""
    place = last_place(settings.LINLI_HOME)
    device = enrolled.device
    return Access(
        code=device.code,
        secret=enrolled.secret,
        host=urlsplit(settings.LINLI_PUBLIC_URL).hostname or "localhost",
        port=place.mqtt_port if place is not None else MQTT_PORT,
        topic=topic_of(device.community.code, device.code),
    )
