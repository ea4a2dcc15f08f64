"""A message server and one ingest process on a home of their own, as the crash tests need them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linli.sense.telemetry.broker import Broker
from linli.testing_tables import lay_into
from tests.crash.publishing import Publisher

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
        self.log = home / "ingest.log"
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
        log = self.log.open("a")
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

    def acknowledged_once(self, publisher: Publisher, about: str = "") -> dict:
        """Fail unless the record holds exactly what was acknowledged; returns the record."""
        found = self.script(READ_BACK)
        expected = publisher.acknowledged()
        stored = {(device, moment, value) for device, moment, value, _ in found["stored"]}
        assert found["quarantined"] == 0
        assert expected - stored == set(), f"acknowledged but lost {about}"
        assert stored - expected == set(), f"stored but never said {about}"
        assert [key for *key, times in found["stored"] if times != 1] == []
        assert found["accepted"] == len(stored)
        return found


@contextmanager
def running(home: Path) -> Iterator[Instance]:
    """The database is made and the message server runs; ingest does not yet."""
    instance = Instance(home)
    lay_into(home)
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0"], env=instance.environment, check=True, capture_output=True
    )
    instance.broker.start()
    try:
        yield instance
    finally:
        if instance.ingest and instance.ingest.poll() is None:
            instance.kill_ingest()
        instance.broker.stop()


@contextmanager
def publisher_at(instance: Instance) -> Iterator[Publisher]:
    """Devices are enrolled and speak."""
    publisher = Publisher(
        instance.broker.mqtt_port,
        instance.script(ENROL)["gw"],
        community="mx",
        devices=[f"s-{n}" for n in range(DEVICES)],
        since=int(time.time() * 1000) - 20 * 86_400_000,
        a_second=PUBLISHED_A_SECOND,
    )
    try:
        yield publisher
    finally:
        publisher.finish(0)


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
