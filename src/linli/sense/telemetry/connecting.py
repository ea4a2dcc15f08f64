"""What a device must be told once: where the message server is, and its own name and secret."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from linli.sense.telemetry.actions import Enrolled
from linli.sense.telemetry.broker import last_place
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.discovery.topics import branch_of
from linli.sense.telemetry.models import Device
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
        topic=_topic(device),
    )


def settings_of_mosquitto(access: Access) -> str:
    """What makes the gateway's own mosquitto pass on what it knows, one way; https://mosquitto.org/man/mosquitto-conf-5.html."""
    branch = access.topic.removesuffix("#")
    return "\n".join(
        (
            "connection linli",
            f"address {access.host}:{access.port}",
            "bridge_protocol_version mqttv311",
            f"remote_username {access.code}",
            f"remote_password {access.secret}",
            "try_private false",
            "notifications false",
            f'topic homeassistant/# out 1 "" {branch}',
            f'topic zigbee2mqtt/# out 1 "" {branch}',
        )
    )


def _topic(device: Device) -> str:
    community = device.community.code
    return (
        f"{branch_of(community, device.code)}#" if CATALOGUE[device.type].bridge else topic_of(community, device.code)
    )
