"""A thousand triggers of a hundred devices by MQTT, ingest and message server killed among them: a hundred warnings, no more."""

from __future__ import annotations

import json
import random
import signal
import threading
import time

import paho.mqtt.client as mqtt
import pytest

from tests.crash.ingest_instance import running, settled, wait_until

pytestmark = [pytest.mark.crash, pytest.mark.slow]

GATEWAYS, DEVICES, TRIGGERS = 5, 100, 10
"""Each device of a gateway triggers ten times; five gateways speak at once."""

MOVE_IN = f"""
from linli.sense.telemetry.actions import NewDevice, enrol_many
from linli.testing import build_community
world = build_community("mx", serial=1)
where = {{"building_id": world.buildings[0].pk}}
with world.scope():
    new = [NewDevice(f"gw-{{n}}", "gateway") for n in range({GATEWAYS})]
    new += [NewDevice(f"g-{{n}}", "gas", **where) for n in range({DEVICES})]
    answer = {{one.device.code: one.secret for one in enrol_many(new, actor=world.actor("community_director"))}}
"""
WARNED = """
from linli.foundation.events.models import Event
from linli.foundation.tenancy import every_community
from linli.sense.telemetry.models import IngestCursor
from linli.understand.warnings.models import Warning
with every_community("the test counts everything"):
    active = Warning.objects.live().filter(kind="gas_leak")
    answer = {
        "rows": Warning.objects.filter(kind="gas_leak").count(), "active": active.count(),
        "devices": active.values("device").distinct().count(),
        "opened": Event.objects.filter(kind__in=["warnings.opened", "warnings.held"]).count(),
        "accepted": IngestCursor.objects.get().accepted, "tap_failures": IngestCursor.objects.get().tap_failures,
    }
"""

ACCEPTED = """
from linli.sense.telemetry.models import IngestCursor
answer = sum(IngestCursor.objects.values_list("accepted", flat=True))
"""


class Gateway(threading.Thread):
    """Says what it was given until all of it is acknowledged, through whatever happens to the message server; up to the
    share ``may_say`` of it for now."""

    def __init__(self, port: int, code: str, secret: str, contents: list[tuple[str, bytes]]) -> None:
        super().__init__(name=code)
        self._contents = contents
        self.heard, self.may_say = 0, 0.0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=code, clean_session=False)
        self._client.username_pw_set(code, secret)
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.max_inflight_messages_set(20)
        self._client.on_publish = self._acknowledged
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _acknowledged(self, *_: object) -> None:
        self.heard += 1

    def run(self) -> None:
        for n, (topic, payload) in enumerate(self._contents):
            while n >= self.may_say * len(self._contents):
                time.sleep(0.02)
            self._client.publish(topic, payload, qos=1)
            time.sleep(0.01)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def said_by(gateway: int, since: int, chance: random.Random) -> list[tuple[str, bytes]]:
    """Gas over the limit, ten times from each of the gateway's devices, in any order of devices, each time later."""
    turns = [n for n in range(gateway, DEVICES, GATEWAYS) for _ in range(TRIGGERS)]
    chance.shuffle(turns)
    return [
        (f"linli/mx/g-{n}/up", json.dumps({"t": since + place * 1000, "v": {"lel": 12 + place % 7}}).encode())
        for place, n in enumerate(turns)
    ]


def test_a_thousand_triggers_and_kills_in_the_middle_leave_exactly_a_hundred_warnings(tmp_path, own_database):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    since = int(time.time() * 1000) - 3_600_000
    with running(tmp_path) as instance:
        secrets = instance.script(MOVE_IN)
        instance.start_ingest()
        port = instance.broker.mqtt_port
        gateways = [Gateway(port, f"gw-{n}", secrets[f"gw-{n}"], said_by(n, since, chance)) for n in range(GATEWAYS)]
        try:
            for gateway in gateways:
                gateway.start()
            total = DEVICES * TRIGGERS
            let(gateways, 0.1)
            wait_until(lambda: instance.script(ACCEPTED) > 0, 60, "some of it is stored")
            for part, victims in ((0.5, ("ingest",)), (0.7, ("ingest", "broker")), (0.9, ("ingest",))):
                let(gateways, part)
                least = chance.uniform(part - 0.35, part) * total
                wait_until(lambda least=least: heard(gateways) >= least, 60, f"{least:.0f} are heard")
                if "broker" in victims:
                    instance.kill_broker()
                instance.kill_ingest()
                if "broker" in victims:
                    instance.broker.start()
                instance.start_ingest()
            let(gateways, 1.0)
            wait_until(lambda: heard(gateways) >= total, 90, "everything is acknowledged")
        finally:
            let(gateways, 1.0)
            for gateway in gateways:
                gateway.leave()
                gateway.join()
        wait_until(lambda: settled(instance), 60, "everything is stored")
        instance.ingest.send_signal(signal.SIGTERM)
        assert instance.ingest.wait(15) == 0
        found = instance.script(WARNED)
    assert found["accepted"] == total, f"seed {seed}"
    assert (found["rows"], found["active"], found["devices"]) == (DEVICES, DEVICES, DEVICES), f"seed {seed}"
    assert (found["opened"], found["tap_failures"]) == (DEVICES, 0), f"seed {seed}"


def let(gateways: list[Gateway], share: float) -> None:
    for gateway in gateways:
        gateway.may_say = share


def heard(gateways: list[Gateway]) -> int:
    return sum(gateway.heard for gateway in gateways)
