"""Topics of a bridge: from the message server's subject to the topic as the gateway wrote it, and what a topic is for.

A bridge publishes below ``linli/<community>/<bridge>/ha/``; what follows is a topic of the gateway's own message server, such
as ``homeassistant/sensor/0x00158d/temperature/config`` or ``zigbee2mqtt/Hall``.

Subjects: https://docs.nats.io/learn/mqtt/topics-and-subjects (a level separator becomes a dot, an empty level a slash, a dot
two slashes). Configuration topics: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from linli.sense.telemetry.decoding import plain
from linli.sense.telemetry.stream import PREFIX

BRANCH = "ha"
BRANCH_MARK = f".{BRANCH}.".encode()
LONGEST_TOPIC = 255
DEVICE = "device"
COMPONENTS = frozenset(
    {
        "alarm_control_panel", "binary_sensor", "button", "camera", "climate", "cover", DEVICE, "device_automation",
        "device_tracker", "event", "fan", "humidifier", "image", "lawn_mower", "light", "lock", "notify", "number", "scene",
        "select", "sensor", "siren", "switch", "tag", "text", "update", "vacuum", "valve", "water_heater",
    }
)  # fmt: skip
"""What can be announced; only sensors are taken, but an announcement must never be mistaken for a state."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX = PREFIX.encode()


class Place(NamedTuple):
    """From which bridge a message came, and on which topic of the gateway."""

    community: str
    bridge: str
    topic: str


class Announced(NamedTuple):
    """Where an announcement stands: ``node`` may be empty, ``component`` is ``device`` where one message tells of all."""

    component: str
    node: str
    object: str


@lru_cache(maxsize=20_000)
def place_of(subject: bytes) -> Place | None:
    """The place in ``[$MQTT.msgs.]linli.<community>.<bridge>.ha.<topic>``; ``None`` for what is no bridge's."""
    words = subject.removeprefix(_PREFIX).decode(errors="replace").split(".")
    if len(words) < 5 or words[0] != "linli" or words[3] != BRANCH:
        return None
    topic = "/".join("" if word == "/" else word.replace("//", ".") for word in words[4:])
    return Place(plain(words[1], 64), plain(words[2], 64), topic.replace("\0", ""))


def subjects_of(community: str, bridge: str, topic: str) -> list[str]:
    """Under which subjects the stream may hold what the bridge says on ``topic``: at QoS 1 and 2, and at QoS 0."""
    words = ["/" if level == "" else level.replace(".", "//") for level in topic.split("/")]
    subject = ".".join(["linli", community, bridge, BRANCH, *words])
    return [f"{PREFIX}{subject}", subject]


def branch_of(community: str, bridge: str) -> str:
    """The topic below which the bridge publishes, with the slash at its end."""
    return f"linli/{community}/{bridge}/{BRANCH}/"


def announced(topic: str) -> Announced | None:
    """What ``<prefix>/<component>/[<node>/]<object>/config`` announces; ``None`` for any other topic."""
    levels = topic.split("/")
    if levels[-1] != "config":
        return None
    match levels:
        case [_, *_, component, node, found, _] if component in COMPONENTS and _named(node) and _named(found):
            return Announced(component, node, found)
        case [_, *_, component, found, _] if component in COMPONENTS and _named(found):
            return Announced(component, "", found)
    return None


def _named(level: str) -> bool:
    return _NAME.fullmatch(level) is not None
