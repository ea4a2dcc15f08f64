"""From an announcement of Home Assistant's MQTT discovery to what it offers: plain functions on plain data.

One message announces one entity, or, under the component ``device``, all entities of a device. Names may be abbreviated, and
``~`` stands for a base topic at a topic's beginning or end.

Source: https://www.home-assistant.io/integrations/mqtt/#discovery-messages
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from linli.sense.telemetry.decoding import Fault, plain
from linli.sense.telemetry.discovery.templates import LONGEST as LONGEST_TEMPLATE
from linli.sense.telemetry.discovery.topics import DEVICE, LONGEST_TOPIC, Announced

LARGEST = 64 * 1024
"""Bytes of one announcement."""
MOST_OFFERS = 60
"""Of one device."""
LONGEST_NAME = 80
LONGEST_WORD = 40

SHORT = {
    "cmps": "components", "dev": "device", "dev_cla": "device_class", "p": "platform", "pl_off": "payload_off",
    "pl_on": "payload_on", "stat_t": "state_topic", "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template",
}  # fmt: skip
SHORT_OF_DEVICE = {"cns": "connections", "ids": "identifiers", "mdl": "model", "mf": "manufacturer"}
MEASURE = ("sensor", "binary_sensor")
SHARED = ("~", "state_topic")
"""What a device's announcement may say once for all of its entities."""


@dataclass(frozen=True)
class Offer:
    """One thing that can be told of: how it is named, and how its value is found in a state message.

    ``key`` is unique within one announcement. ``on`` and ``off`` are the words of a yes-or-no sensor.
    """

    key: str
    component: str
    name: str
    device_class: str
    unit: str
    state_topic: str
    template: str
    on: str = "ON"
    off: str = "OFF"


@dataclass(frozen=True)
class Announcement:
    """The device as the gateway knows it (``key``), and its offers; none when it is withdrawn.

    ``others`` counts entities that measure nothing: buttons, lights, cameras.
    """

    key: str
    name: str = ""
    maker: str = ""
    model: str = ""
    offers: tuple[Offer, ...] = ()
    others: int = 0


class Unreadable(ValueError):
    """The announcement cannot be used; ``fault`` says why."""

    def __init__(self, code: str, **detail: str) -> None:
        super().__init__(code)
        self.fault = Fault("", code, detail)


def announcement(where: Announced, payload: bytes, *, branch: str = "") -> Announcement | None:
    """What ``payload`` announces; ``None`` when it is empty, which withdraws everything that was announced there.

    ``branch`` is cut from the front of topics by gateways that name them in full. Raises :class:`Unreadable`.
    """
    if not payload.strip():
        return None
    said = _long(_object(payload), SHORT)
    device = _long(_mapping(said.get("device")), SHORT_OF_DEVICE)
    of_device = where.component == DEVICE
    found = [(_entity(said), where.component, "")]
    if of_device:
        components = said.get("components")
        if not isinstance(components, dict):
            raise Unreadable("announced_without", what="components")
        shared = {name: said[name] for name in SHARED if name in said}
        long = {key: _long(_mapping(one), SHORT) for key, one in list(components.items())[: MOST_OFFERS + 1]}
        found = [(_entity(shared | one), _text(one.get("platform")), key) for key, one in long.items() if len(one) > 1]
    if len(found) > MOST_OFFERS:
        raise Unreadable("announced_too_much", most=str(MOST_OFFERS))
    offers = tuple(
        _without(_offer(one, component, key or where.object), branch)
        for one, component, key in found
        if component in MEASURE
    )
    if len({offer.key for offer in offers}) < len(offers):
        raise Unreadable("announced_twice")
    name = _text(device.get("name"), LONGEST_NAME)
    if not name:
        name = _text(said.get("name"), LONGEST_NAME) or where.node or where.object
    return Announcement(
        key=_key(device, where),
        name=name,
        maker=_text(device.get("manufacturer"), LONGEST_NAME),
        model=_text(device.get("model"), LONGEST_NAME),
        offers=offers,
        others=len(found) - len(offers),
    )


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > LARGEST:
        raise Unreadable("too_large", size=str(len(payload)), most=str(LARGEST))
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise Unreadable("bad_json") from None
    if not isinstance(said, dict):
        raise Unreadable("announced_not_an_object")
    return said


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _long(said: Mapping[str, Any], short: Mapping[str, str]) -> dict[str, Any]:
    """With the names written out; a name that stands there in full has the say."""
    return {short.get(name, name): value for name, value in said.items() if name in short} | {
        name: value for name, value in said.items() if name not in short
    }


def _entity(said: dict[str, Any]) -> dict[str, Any]:
    """With the base topic put in its place in the topic of its state."""
    base, topic = said.get("~"), said.get("state_topic")
    if not isinstance(base, str) or not isinstance(topic, str):
        return said
    if topic.startswith("~"):
        topic = base + topic[1:]
    elif topic.endswith("~"):
        topic = topic[:-1] + base
    return said | {"state_topic": topic}


def _offer(said: dict[str, Any], component: str, key: str) -> Offer:
    topic = said.get("state_topic")
    if not isinstance(topic, str) or not topic:
        raise Unreadable("announced_without", what="state_topic")
    if len(topic) > LONGEST_TOPIC or any(sign in topic for sign in "+#\0"):
        raise Unreadable("announced_topic", topic=plain(topic, 80))
    template = said.get("value_template", "")
    if not isinstance(template, str) or len(template) > LONGEST_TEMPLATE:
        template = "{% … %}"
    return Offer(
        key=plain(key, 64),
        component=component,
        name=_text(said.get("name"), LONGEST_NAME),
        device_class=_text(said.get("device_class")),
        unit=_text(said.get("unit_of_measurement")),
        state_topic=plain(topic, LONGEST_TOPIC),
        template=plain(template, LONGEST_TEMPLATE),
        on=_text(said.get("payload_on", "ON")),
        off=_text(said.get("payload_off", "OFF")),
    )


def _without(offer: Offer, branch: str) -> Offer:
    return replace(offer, state_topic=offer.state_topic.removeprefix(branch))


def _key(device: Mapping[str, Any], where: Announced) -> str:
    """What the gateway calls the device: its first identifier, else its first connection, else the announcement's place."""
    for name in ("identifiers", "connections"):
        given = device.get(name)
        first = given[0] if isinstance(given, list) and given else given
        while isinstance(first, list) and first:
            first = first[-1]
        if text := _text(first, 120):
            return text
    return plain(where.node or where.object, 120)


def _text(value: object, most: int = LONGEST_WORD) -> str:
    """Words and numbers as text; yes and no as they are written in templates."""
    return plain(str(value).strip(), most) if isinstance(value, str | int | float | bool) else ""
