"""A whole Linli on one machine: message server, web, ingest and background work as children of one process.

``with Instance(home) as instance: …`` runs what stands in ``home``; ``Instance.ephemeral(...)`` runs a throw-away
one on free ports and leaves nothing behind. The demo, the measurements, the replays and the tests all use it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from linli.sense.telemetry.broker import Broker, BrokerFailed
from linli.simulator.children import Child, die_with_parent, memory_mb

LINLI = (sys.executable, "-m", "linli.cli.main")
DISK_NEEDED = 300 << 20


class CannotStart(RuntimeError):
    """An instance cannot run; the words say why and what to do."""


class Instance:
    """``port`` 0 takes a free one. The message server's ports are free ones unless given."""

    def __init__(
        self, home: Path, *, port: int = 0, mode: str = "demo", nats_port: int = 0, mqtt_port: int = 0
    ) -> None:
        self.home = home.absolute()
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.broker = Broker(self.home, nats_port=nats_port, mqtt_port=mqtt_port, child_setup=die_with_parent)
        self.mode = mode
        self.children: dict[str, Child] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this instance is started with."""
        return {
            **os.environ, "LINLI_HOME": str(self.home), "LINLI_MODE": self.mode, "LINLI_PUBLIC_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "linli.config.settings", "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2",
        }  # fmt: skip

    def __enter__(self) -> Instance:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def check_room(self) -> None:
        """Raise :class:`CannotStart` when the port is taken or the disk full."""
        if not port_is_free(self.port):
            raise CannotStart(
                f"端口 {self.port} 已被占用，换一个：linli demo --port {self.port + 1}\n"
                f"Port {self.port} is taken; choose another: linli demo --port {self.port + 1}"
            )
        self.home.mkdir(parents=True, exist_ok=True)
        room = shutil.disk_usage(self.home).free
        if room < DISK_NEEDED:
            raise CannotStart(
                f"磁盘只剩 {room >> 20} MB，至少要 {DISK_NEEDED >> 20} MB：{self.home}\n"
                f"Only {room >> 20} MB free on the disk of {self.home}; at least {DISK_NEEDED >> 20} MB are needed."
            )

    def start(self, *, migrate: bool = True) -> None:
        """Start everything and wait until the web answers; raises :class:`CannotStart` and leaves nothing running."""
        try:
            self.check_room()
            if migrate:
                self.migrate()
            self.start_messages()
            self.start_processes()
            self.wait_for_web()
        except BaseException:
            self.stop()
            raise

    def migrate(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "linli.simulator.founding"],
            env=self.environment,
            input="{}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotStart(f"the database could not be prepared:\n{done.stderr.strip()[-2000:]}")

    def start_messages(self) -> None:
        try:
            self.broker.start()
        except BrokerFailed as failed:
            raise CannotStart(str(failed)) from failed

    def start_processes(self) -> None:
        self.start_web()
        self.start_background()

    def start_web(self) -> None:
        self.run("serve", "serve", "--port", str(self.port), "--workers", "1")

    def start_background(self) -> None:
        self.run("ingest", "ingest")
        self.run("work", "work")

    def run(self, name: str, *arguments: str) -> Child:
        """Start ``linli …`` as a child called ``name``."""
        child = Child(name, (*LINLI, *arguments), self.environment, self.home / "logs" / f"{name}.log")
        child.start()
        self.children[name] = child
        return child

    def wait_for_web(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        with httpx.Client(trust_env=False, timeout=5) as http:
            while time.monotonic() < until:
                serve = self.children["serve"]
                if not serve.alive:
                    raise CannotStart(f"the web server ended at once: {serve.last_words()} (log: {serve.log})")
                with contextlib.suppress(httpx.HTTPError):
                    if http.get(f"{self.url}/api/v1/me").status_code < 500:
                        return
                time.sleep(0.05)
        raise CannotStart(f"the web server did not answer within {seconds:g} s (log: {self.children['serve'].log})")

    def mend(self) -> list[str]:
        """Restart whatever has died; returns what there is to say about it."""
        said = []
        with contextlib.suppress(BrokerFailed):
            if self.broker.pid is not None and not self.broker.alive:
                said.append(f"the message server ended; starting it again. Log: {self.broker.log}")
                self.broker.start()
            elif unstuck := self.broker.unstick():
                said.append(unstuck)
        return said + [words for child in self.children.values() if (words := child.mend())]

    def stop(self) -> None:
        """End every child: those who act first, the message server last."""
        for name in [n for n in ("simulator", "serve", "work", "ingest") if n in self.children]:
            self.children.pop(name).stop()
        for child in self.children.values():
            child.stop()
        self.children.clear()
        self.broker.stop()

    def kill(self, name: str) -> None:
        """``kill -9`` one process (serve, ingest, work, messages) and see it end: for crash tests."""
        if name == "messages":
            if self.broker.pid is not None:
                os.kill(self.broker.pid, signal.SIGKILL)
            while self.broker.alive:
                time.sleep(0.01)
        else:
            self.children[name].signal(signal.SIGKILL)
            while self.children[name].alive:
                time.sleep(0.01)

    def memory_mb(self) -> float:
        """Memory of this process and all its children, MB."""
        return memory_mb(os.getpid())

    @classmethod
    @contextmanager
    def ephemeral(
        cls,
        *,
        seed: int | None = None,
        speed: float = 60.0,
        estates: int = 1,
        history_days: int = 0,
        mode: str = "demo",
    ) -> Iterator[Instance]:
        """A throw-away instance on free ports; everything is gone afterwards.

        With a ``seed`` it is a demo: a neighbourhood of ``estates`` estates has moved in, its personas can be entered,
        its devices are on and it lives at ``speed``. Without one it is empty.
        """
        with tempfile.TemporaryDirectory(prefix="linli-", ignore_cleanup_errors=True) as folder:
            home = Path(folder) / "home"
            if seed is not None:
                from linli.simulator.demo import living

                with living(home, seed=seed, speed=speed, estates=estates, history_days=history_days) as instance:
                    yield instance
                return
            with cls(home, mode=mode) as instance:
                yield instance


class Founding:
    """The console process of :mod:`linli.simulator.founding`, which waits between its two parts."""

    def __init__(self, instance: Instance, task: dict) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "linli.simulator.founding"],
            env=instance.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            process_group=0, preexec_fn=die_with_parent,
        )  # fmt: skip

        self._tell(json.dumps(task, ensure_ascii=False))

    def wait_migrated(self) -> None:
        """The tables stand: the other processes may start."""
        self._expect("migrated")

    def wait_founded(self) -> None:
        """Community and staff stand: the director may sign in."""
        self._expect("founded")

    def settle(self) -> None:
        """Tell it that the registry stands, and wait until personas and grants do too."""
        self._tell("imported")
        self._expect("ready")

    def wait_declared(self) -> None:
        """What is sensed is in force: devices may come. The console ends."""
        self._expect("declared")
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _expect(self, word: str) -> None:
        assert self._process.stdout is not None and self._process.stderr is not None
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise CannotStart(f"the neighbourhood could not be founded:\n{self._process.stderr.read()[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
