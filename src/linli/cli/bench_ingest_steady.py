"""What ``linli bench speed ingest --only …`` measures beside speed: memory over long, a backlog, everybody coming back at once.

Each starts ``linli ingest`` as it runs in production, beside a message server of its own, and every shipped rule looks on.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linli.cli.bench_ingest_street import CODE, move_in, spoken
from linli.cli.bench_reading import say

CHUNK = 20_000
MOST_WAITING = 40_000
TENTHS = 10
BELIEVED_DAYS = 27
"""Readings that are older than thirty days are not taken."""
HOUR_OF_5000 = 300_000
"""Messages: 5,000 devices, each minute, for an hour."""
LIVE_A_SECOND = 83
FRESH_SECONDS = 2.0


@contextlib.contextmanager
def ingesting(home: Path) -> Iterator[subprocess.Popen]:
    log = (home / "ingest.log").open("w")
    process = subprocess.Popen([sys.executable, "-m", "linli.cli.main", "ingest", "--home", home], stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def memory(home: Path, broker: Any, observations: int) -> dict[str, Any]:
    """Megabytes that ``linli ingest`` holds after each tenth of ``observations``."""
    import psutil

    devices = move_in()
    a_day = 190_000
    days = observations / a_day + 1
    messages = spoken(
        int((time.time() - BELIEVED_DAYS * 86_400) * 1000), round(days) + 1, speed=max(1.0, days / BELIEVED_DAYS)
    )
    megabytes: list[int] = []
    started = time.monotonic()
    with ingesting(home) as process:
        held = psutil.Process(process.pid)
        while len(megabytes) < TENTHS:
            some = list(itertools.islice(messages, CHUNK))
            _fill(broker, some)
            _wait_until_stored(broker, MOST_WAITING)
            accepted = _cursor().accepted
            while len(megabytes) < TENTHS and accepted >= (len(megabytes) + 1) * observations / TENTHS:
                megabytes.append(round(held.memory_info().rss / 1e6))
                say(f"{accepted:,} observations, {megabytes[-1]} MB")
            if not some:
                break
        _wait_until_stored(broker, 0)
    cursor = _cursor()
    return {
        "devices": devices, "observations": cursor.accepted, "flooded": cursor.flooded, "megabytes": megabytes,
        "growth_mb": megabytes[-1] - megabytes[0], "seconds": round(time.monotonic() - started),
    }  # fmt: skip


def backlog(home: Path, broker: Any) -> dict[str, Any]:
    """Ingest was away for an hour: how old live readings are while it catches up, of smoke alarms and of charging places."""
    move_in()
    days = HOUR_OF_5000 // 50_000 + 2
    _fill(broker, list(itertools.islice(spoken(int((time.time() - days * 86_400) * 1000), days), HOUR_OF_5000)))
    speakers = {"urgent": _Speakers("smoke", "battery"), "others": _Speakers("charger", "power")}
    waiting = _last(broker)
    ages: dict[str, list[tuple[float, float]]] = {name: [] for name in speakers}
    fresh_since: float | None = None
    with ingesting(home):
        started, said = time.monotonic(), 0
        while fresh_since is None or time.monotonic() - fresh_since < 10:
            due = int((time.monotonic() - started) * LIVE_A_SECOND)
            _fill(broker, [speakers[("others", "urgent")[n % 2]].say(n) for n in range(said, due)])
            said = due
            for name, speaker in speakers.items():
                ages[name].append((time.monotonic() - started, speaker.age()))
            all_fresh = all(seen[-1][1] < FRESH_SECONDS for seen in ages.values())
            fresh_since = (fresh_since or time.monotonic()) if all_fresh else None
            time.sleep(0.05)
    figures: dict[str, Any] = {"backlog_messages": waiting, "live_a_second": LIVE_A_SECOND}
    for name, seen in ages.items():
        from_then = next(at for at, age in seen if age < FRESH_SECONDS)
        later = sorted(age for at, age in seen if at >= from_then)
        figures |= {
            f"{name}_fresh_after_seconds": round(from_then, 1),
            f"{name}_age_p50_after": round(later[len(later) // 2], 2),
            f"{name}_age_p95_after": round(later[len(later) * 95 // 100], 2),
            f"{name}_age_max_after": round(later[-1], 2),
        }
    return figures


class _Speakers:
    """Devices of one type that go on speaking; ``metric`` is one of theirs."""

    def __init__(self, device_type: str, metric: str) -> None:
        from linli.foundation.tenancy import every_community
        from linli.sense.telemetry.models import Device

        self._metric = metric
        with every_community("the benchmark looks at all"):
            self._codes = dict(Device.objects.filter(type=device_type).values_list("pk", "code"))

    def say(self, n: int) -> tuple[str, bytes]:
        code = list(self._codes.values())[n % len(self._codes)]
        return code, b'{"t":%d,"v":{"%s":%d}}' % (int(time.time() * 1000), self._metric.encode(), 10 + n % 40)

    def age(self) -> float:
        """Seconds since the newest of their readings that is stored was said; infinite while that is of the backlog."""
        from django.db import connection

        from linli.sense.telemetry.models import LastValue

        found = LastValue.objects.filter(device__in=self._codes, metric=self._metric).order_by("-time")
        at = found.values_list("time", flat=True).first()
        connection.close()
        age = time.time() - at.timestamp() if at else float("inf")
        return age if age < 3_600 else float("inf")


def reconnect(home: Path, broker: Any, devices: int) -> dict[str, Any]:
    """``devices`` MQTT connections are cut by the death of the message server, and all come back at once."""
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.sense.telemetry.actions import NewDevice, enrol_many

    community = Community.objects.create(code=CODE, name="测速社区", phone="0571-0000-0000")
    with community_scope(community):
        new = [NewDevice(f"d-{n}", "charger") for n in range(devices)]
        actor = Actor.for_system("bench", community.pk)
        secrets = {one.device.code: one.secret for part in _parts(new, 5_000) for one in enrol_many(part, actor=actor)}
    with ingesting(home):
        crowd = Crowd(broker.mqtt_port, secrets)
        figures = asyncio.run(crowd.live(broker))
        _wait_until_stored(broker, 0)
    return {"devices": devices, **figures, "stored": _cursor().accepted}


class Crowd:
    """Devices as bare MQTT 3.1.1: connect, say one reading, wait for its acknowledgement, stay; come again when cut off."""

    def __init__(self, port: int, secrets: dict[str, str]) -> None:
        self._port, self._secrets = port, secrets
        self._heard: set[str] = set()
        self._refused = 0
        self._chance = random.SystemRandom()

    async def live(self, broker: Any) -> dict[str, Any]:
        tasks = [asyncio.create_task(self._device(code, secret)) for code, secret in self._secrets.items()]
        first = await self._all_heard("connected")
        self._heard, self._refused = set(), 0
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        again = await self._all_heard("back")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return {"first_seconds": first, "back_seconds": again, "tries_that_failed": self._refused}

    async def _all_heard(self, what: str) -> float:
        started = told = time.monotonic()
        while len(self._heard) < len(self._secrets):
            if time.monotonic() - told > 5:
                told = time.monotonic()
                say(f"{len(self._heard):,} of {len(self._secrets):,} {what}")
            await asyncio.sleep(0.05)
        return round(time.monotonic() - started, 1)

    async def _device(self, code: str, secret: str) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                await self._session(code, secret)
            self._refused += 1
            await asyncio.sleep(self._chance.uniform(0.5, 2))

    async def _session(self, code: str, secret: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            names = b"".join(_text(one) for one in (code, code, secret))
            writer.write(_packet(0x10, _text("MQTT") + b"\x04\xc2\x00\x00" + names))
            answer = await asyncio.wait_for(reader.readexactly(4), 60)
            if answer[3]:
                return
            said = b'{"t":%d,"v":{"power":1}}' % (int(time.time() * 1000))
            writer.write(_packet(0x32, _text(f"linli/{CODE}/{code}/up") + b"\x00\x01" + said))
            await asyncio.wait_for(reader.readexactly(4), 60)
            self._heard.add(code)
            await reader.read(1)
        finally:
            writer.close()


def _text(words: str) -> bytes:
    encoded = words.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _packet(kind: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        length += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([kind]) + length + body


def _parts(items: list, size: int) -> Iterator[list]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _fill(broker: Any, messages: list[tuple[str, bytes]]) -> None:
    from linli.cli.bench_ingest import fill

    if messages:
        fill(broker, messages, stored=True)


def _last(broker: Any) -> int:
    from linli.sense.telemetry.broker import service_address_of
    from linli.sense.telemetry.stream import state
    from linli.sense.telemetry.wire import Connection

    link = Connection(service_address_of(broker), name="bench")
    last = state(link).last
    link.close()
    return last


def _cursor() -> Any:
    from django.db import connection

    from linli.sense.telemetry.models import IngestCursor

    connection.close()
    return IngestCursor.objects.first() or IngestCursor()


def _wait_until_stored(broker: Any, but: int) -> None:
    while _last(broker) - _cursor().sequence > but:
        time.sleep(0.2)
