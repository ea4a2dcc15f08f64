"""``linli bench speed ingest``: observations a second from the stream to the lake, beside a Node-RED flow.

The messages are those of 100 homes with nine devices each, 40 lifts, 40 charging places, 10 cameras and 20 shared meters, and
every rule that is shipped switched on looks at them (``rules_looked`` of ``rules_on``). Both sides read the same messages from the same message server in the same run, each pinned to one core. Ours ends when
everything is in sealed Parquet files named by the manifest; Node-RED's (MQTT in → function → file) when the last
line is in its file, which it neither syncs nor remembers having read. ``ratio`` compares observations a second of the
clock, ``ratio_cpu`` a second of the core's work, which other processes on the machine do not disturb.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.bench_ingest_street import CODE
from linli.cli.runtime import set_up

NODE_RED = "node-red@4"
LOAD_AT_ONCE = 2_000


def ingest_speed(
    messages: Annotated[int, typer.Option(help="messages of a neighbourhood's devices")] = 100_000,
    peer: Annotated[bool, typer.Option(help="run Node-RED beside it (needs npm)")] = True,
) -> None:
    """Measure ingest from stream to lake on one core, beside Node-RED on the same load."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        figures = _measure(Path(folder), messages, peer)
    print(json.dumps(figures))


def _measure(home: Path, count: int, peer: bool) -> dict[str, Any]:
    set_up(home=home, mode="production")
    from django.core.management import call_command

    from linli.cli.bench_ingest_street import move_in
    from linli.sense.telemetry.broker import Broker

    call_command("migrate", verbosity=0)
    _say("a neighbourhood moves in")
    devices = move_in()
    messages = _messages(count)
    said = _observations(messages)
    figures: dict[str, Any] = {"devices": devices, "messages": count, "observations": said}
    with Broker(home, sync_always=False) as broker:
        _say(f"filling the stream with {count:,} messages")
        _fill(broker, messages, stored=True)
        _say("ours: stream to lake, one core")
        ours = _run_ours(home)
        figures |= {"ours_per_second": round(said / ours["seconds"]), "lost": said - ours["distinct"]}
        figures["duplicated"] = ours["rows"] - ours["distinct"]
        figures["ours_per_cpu_second"] = round(said / ours["cpu_seconds"])
        figures |= {name: ours[name] for name in ("ours_mb", "rules_looked", "rules_on", "tap_failures")}
        why_not = None if peer else "not asked for"
        if peer:
            try:
                figures |= _run_node_red(home, broker, messages, said)
                for name, each in (("ratio", "per_second"), ("ratio_cpu", "per_cpu_second")):
                    figures[name] = round(figures[f"ours_{each}"] / figures[f"peer_{each}"], 2)
            except (OSError, RuntimeError, subprocess.SubprocessError) as missing:
                why_not = str(missing)
        if why_not:
            _say(f"no comparison: {why_not}")
            figures |= {"ratio": None, "peer": None, "peer_missing": why_not}
    return figures


def _messages(count: int) -> list[tuple[str, bytes]]:
    """(device, payload) of the last days; as many days as it takes."""
    from linli.cli.bench_ingest_street import spoken

    days = 2 + count // 50_000
    return list(itertools.islice(spoken(int(time.time() * 1000) - days * 86_400_000, days), count))


def _observations(messages: list[tuple[str, bytes]]) -> int:
    """How many different ones: a device says one value of a metric at a time."""
    return len(
        {
            (code, said["t"], metric)
            for code, payload in messages
            for said in [json.loads(payload)]
            for metric in said["v"]
        }
    )


def _fill(broker, messages: list[tuple[str, bytes]], *, stored: bool) -> None:
    """Publish: into the stream, or as live messages for whoever is subscribed."""
    from linli.sense.telemetry.broker import service_address_of
    from linli.sense.telemetry.stream import subject_of
    from linli.sense.telemetry.wire import Connection

    link = Connection(service_address_of(broker), name="bench")
    for start in range(0, len(messages), LOAD_AT_ONCE):
        some = [
            (subject_of(CODE, device) if stored else f"linli.{CODE}.{device}.up".encode(), payload)
            for device, payload in messages[start : start + LOAD_AT_ONCE]
        ]
        if stored:
            link.publish_many(some[:-1])
            link.request(*some[-1], timeout=30)
        else:
            link.publish_many(some)
            link.read(0)
    link.close()


def _run_ours(home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "linli.cli.bench_ingest", str(home)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def store_everything(home: Path) -> dict[str, Any]:
    """Store and seal what the stream holds with the code that ``linli ingest`` runs, on one core; seconds and rows."""
    _pin_to_one_core()
    set_up(home=home, mode="production")
    import psutil
    import pyarrow.parquet as pq

    from linli.cli.bench_ingest_street import rules_that_looked
    from linli.sense.telemetry import ingesting
    from linli.sense.telemetry.broker import service_address
    from linli.sense.telemetry.models import HotObservation, IngestCursor, LakeFile
    from linli.sense.telemetry.stream import state
    from linli.sense.telemetry.wire import Connection

    last = state(Connection(service_address(home), name="bench")).last
    process = ingesting.Ingest(home, say=_say)
    ingesting.collect_garbage_less_often()
    started, worked = time.perf_counter(), time.process_time()
    process.run(until=last)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    keys: set[tuple] = set()
    rows = HotObservation.objects.count()
    for path in LakeFile.objects.values_list("path", flat=True):
        table = pq.ParquetFile(home / "lake" / path).read(columns=["device_id", "metric", "time"])
        rows += table.num_rows
        keys.update(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    looked, on = rules_that_looked()
    return {
        "seconds": seconds, "cpu_seconds": cpu_seconds, "rows": rows, "distinct": len(keys),
        "ours_mb": round(psutil.Process().memory_info().rss / 1e6), "rules_looked": looked, "rules_on": on,
        "tap_failures": IngestCursor.objects.get().tap_failures,
    }  # fmt: skip


def _run_node_red(home: Path, broker, messages: list[tuple[str, bytes]], count: int) -> dict[str, Any]:
    program = _node_red()
    folder = home / "node-red"
    written = folder / "observations.csv"
    _write_flow(folder, broker, written)
    _say(f"Node-RED: the same {count:,} observations, one core")
    log = (folder / "log").open("w")
    node = subprocess.Popen(
        [shutil.which("node") or "node", program, "-u", folder, "-s", folder / "settings.js"],
        stdout=log, stderr=log, preexec_fn=_pin_to_one_core,
    )  # fmt: skip
    try:
        _wait_for(lambda: "Connected to broker" in (folder / "log").read_text(), 60, "Node-RED to connect")
        time.sleep(1)
        started, worked = time.perf_counter(), _cpu_seconds(node.pid)
        _fill(broker, messages, stored=False)
        lines, moved_at = 0, time.perf_counter()
        while lines < count and time.perf_counter() - moved_at < 10:
            time.sleep(0.05)
            before, lines = lines, _lines(written)
            moved_at = time.perf_counter() if lines > before else moved_at
        seconds, cpu_seconds = moved_at - started, _cpu_seconds(node.pid) - worked
        if not lines:
            raise RuntimeError(f"Node-RED wrote nothing: {(folder / 'log').read_text()[-400:]}")
    finally:
        node.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            node.wait(10)
        node.kill()
    version = json.loads((program.parent / "package.json").read_text())["version"]
    return {
        "peer": f"node-red {version}, mqtt in → function → file",
        "peer_per_second": round(lines / seconds),
        "peer_per_cpu_second": round(lines / cpu_seconds),
        "peer_lost": count - lines,
    }


def _node_red() -> Path:
    """Where ``red.js`` is, installing Node-RED into a folder of its own the first time."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("Node-RED is installed with npm, which is not here: install Node.js to compare")
    folder = Path(tempfile.gettempdir()) / f"linli-node-red-{os.getuid()}"
    program = folder / "node_modules" / "node-red" / "red.js"
    if not program.exists():
        _say(f"installing {NODE_RED} into {folder}")
        folder.mkdir(mode=0o700, exist_ok=True)
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--prefix", folder, NODE_RED],
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"npm could not install {NODE_RED}: {done.stderr.strip().splitlines()[-1:]}")
    return program


def _write_flow(folder: Path, broker, written: Path) -> None:
    from linli.sense.telemetry.broker import service_address_of

    folder.mkdir()
    address = service_address_of(broker)
    read = (
        "const said = JSON.parse(msg.payload); const device = msg.topic.split('/')[2];"
        "msg.payload = Object.keys(said.v).map(m => `${device},${m},${said.t},${said.v[m]}`).join('\\n'); return msg;"
    )
    flow = [
        {"id": "n1", "type": "tab", "label": "ingest"},
        {"id": "n2", "type": "mqtt-broker", "broker": address.host, "port": str(broker.mqtt_port),
         "clientid": "node-red", "autoConnect": True, "protocolVersion": "4", "keepalive": "60", "cleansession": True},
        {"id": "n3", "type": "mqtt in", "z": "n1", "topic": "linli/+/+/up", "qos": "0", "datatype": "utf8",
         "broker": "n2", "wires": [["n4"]]},
        {"id": "n4", "type": "function", "z": "n1", "func": read, "outputs": 1, "wires": [["n5"]]},
        {"id": "n5", "type": "file", "z": "n1", "filename": str(written), "filenameType": "str",
         "appendNewline": True, "createDir": True, "overwriteFile": "false", "encoding": "none", "wires": [[]]},
    ]  # fmt: skip
    (folder / "flows.json").write_text(json.dumps(flow))
    (folder / "flows_cred.json").write_text(json.dumps({"n2": {"user": address.user, "password": address.password}}))
    (folder / "settings.js").write_text(
        "module.exports = {flowFile: 'flows.json', credentialSecret: false, httpAdminRoot: false,"
        " httpNodeRoot: false, uiHost: '127.0.0.1', uiPort: 0, logging: {console: {level: 'info'}}};"
    )


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _wait_for(happens, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > until:
            raise RuntimeError(f"waited {seconds:g} s for {what} in vain")
        time.sleep(0.1)


def _cpu_seconds(pid: int) -> float:
    import psutil

    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _pin_to_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _say(sentence: str) -> None:
    print(f"bench: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(json.dumps(store_everything(Path(sys.argv[1]))))
