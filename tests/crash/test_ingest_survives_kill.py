"""Real processes, killed at random moments: every acknowledged observation is stored exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from linli.sense.telemetry.broker import Broker
from tests.crash.publishing import Publisher

pytestmark = [pytest.mark.crash, pytest.mark.slow]

KILLS = 10
DEVICES = 20
PUBLISHED_A_SECOND = 300

ENROL = """
from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.telemetry.actions import NewDevice, enrol_many
community = Community.objects.create(code="mx", name="试验社区", phone="0571-0000-0001")
actor = Actor.for_system("test", community.pk)
with community_scope(community):
    new = [NewDevice("gw", "gateway"), *(NewDevice(f"s-{n}", "series") for n in range(DEVICES))]
    answer = {one.device.code: one.secret for one in enrol_many(new, actor=actor)}
"""
READ_BACK = """
import collections, pathlib
import pyarrow as pa, pyarrow.parquet as pq
from django.conf import settings
from linli.foundation.tenancy import every_community
from linli.sense.telemetry.models import Device, HotObservation, IngestCursor, LakeFile
lake = pathlib.Path(settings.LINLI_HOME) / "lake"
with every_community("the test counts everything"):
    codes = dict(Device.objects.values_list("pk", "code"))
stored = collections.Counter((codes[d], t, v) for d, t, v in HotObservation.objects.values_list("device_id", "time", "value"))
for path in LakeFile.objects.values_list("path", flat=True):
    rows = pq.ParquetFile(lake / path).read()
    stored.update(zip(rows["device"].to_pylist(), rows["time"].cast(pa.int64()).to_pylist(), rows["value"].to_pylist()))
cursor = IngestCursor.objects.get()
answer = {"stored": [[*key, n] for key, n in stored.items()], "sequence": cursor.sequence, "accepted": cursor.accepted,
          "files": LakeFile.objects.count(), "quarantined": cursor.quarantined, "repeated": cursor.repeated}
"""


class Instance:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = os.environ | {
            "LINLI_HOME": str(home),
            "LINLI_MODE": "production",
            "DJANGO_SETTINGS_MODULE": "linli.config.settings",
        }
        self.broker = Broker(home)
        self.ingest: subprocess.Popen | None = None

    def script(self, text: str) -> dict:
        """Run ``text`` as a process of the instance; returns what it leaves in ``answer``."""
        program = f"import django, json; django.setup(); DEVICES = {DEVICES}\n{text}\nprint(json.dumps(answer))"
        done = subprocess.run(
            [sys.executable, "-c", program], env=self.environment, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])

    def start_ingest(self) -> None:
        log = (self.home / "ingest.log").open("a")
        self.ingest = subprocess.Popen(
            [sys.executable, "-m", "linli.cli.main", "ingest", "--seal-seconds", "0.5"],
            env=self.environment, stdout=log, stderr=log,
        )  # fmt: skip

    def kill_ingest(self) -> None:
        self.ingest.send_signal(signal.SIGKILL)
        self.ingest.wait()

    def kill_broker(self) -> None:
        os.kill(self.broker.pid, signal.SIGKILL)
        self.broker.stop()


@pytest.fixture
def instance(tmp_path, own_database):
    running = Instance(tmp_path)
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0"],
        env=running.environment,
        check=True,
        capture_output=True,
    )
    running.broker.start()
    yield running
    if running.ingest and running.ingest.poll() is None:
        running.kill_ingest()
    running.broker.stop()


@pytest.fixture
def start_publisher(instance):
    started = []

    def start(secret: str) -> Publisher:
        publisher = Publisher(
            instance.broker.mqtt_port,
            secret,
            community="mx",
            devices=[f"s-{n}" for n in range(DEVICES)],
            since=int(time.time() * 1000) - 3 * 86_400_000,
            a_second=PUBLISHED_A_SECOND,
        )
        started.append(publisher)
        return publisher

    yield start
    for publisher in started:
        publisher.finish(0)


def test_ten_kills_lose_nothing_that_was_acknowledged_and_double_nothing(instance, start_publisher):
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    secrets = instance.script(ENROL)
    instance.start_ingest()
    publisher = start_publisher(secrets["gw"])
    wait_until(lambda: publisher.heard > 200, 20, "the publisher is heard")
    for kill in range(KILLS):
        time.sleep(chance.uniform(0.2, 0.8))
        victims = (
            chance.choice([("ingest",), ("broker",), ("ingest", "broker")])
            if kill > 1
            else (("ingest",), ("broker",))[kill]
        )
        if "broker" in victims:
            instance.kill_broker()
        if "ingest" in victims:
            instance.kill_ingest()
        if "broker" in victims:
            instance.broker.start()
        if "ingest" in victims:
            instance.start_ingest()
        heard = publisher.heard
        wait_until(
            lambda heard=heard: publisher.heard > heard + 20,
            20,
            f"it goes on after kill {kill} (seed {seed})",
        )
    assert publisher.finish(60) == 0
    expected = publisher.acknowledged()
    assert len(expected) > 1_000
    wait_until(lambda: settled(instance), 30, "everything is stored")
    instance.ingest.send_signal(signal.SIGTERM)
    assert instance.ingest.wait(15) == 0

    found = instance.script(READ_BACK)
    stored = {(device, moment, value) for device, moment, value, _ in found["stored"]}
    assert expected - stored == set(), f"acknowledged but lost, seed {seed}"
    assert stored - expected == set(), f"stored but never said, seed {seed}"
    assert [key for *key, times in found["stored"] if times != 1] == []
    assert found["accepted"] == len(stored)
    assert found["quarantined"] == 0
    assert found["files"] > 0


def settled(instance) -> bool:
    from linli.sense.telemetry.broker import service_address_of
    from linli.sense.telemetry.stream import state
    from linli.sense.telemetry.wire import Connection

    link = Connection(service_address_of(instance.broker), name="test")
    last = state(link).last
    link.close()
    return instance.script(READ_BACK)["sequence"] == last


def wait_until(happens, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until, f"waited {seconds:g} s in vain until {what}"
        time.sleep(0.05)
