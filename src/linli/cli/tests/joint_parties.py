"""Two parties with a folder each, their real processes, and somebody on the line between them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from linli.cli.main import app
from linli.foundation.privacy.joint.tests.people import ON, list_file

PIN = "kuaile2026"


def linli(*words: object) -> subprocess.CompletedProcess:
    """A command in this process: the other side of a run is always a process of its own."""
    done = CliRunner().invoke(app, [*map(str, words)], env={"LINLI_JOINT_PIN": PIN})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


SETTLES_WITHIN = 20.0


@dataclass
class Party:
    """``proposer`` and ``approver`` may act for it."""

    folder: Path
    name: str

    @classmethod
    def make(cls, folder: Path, name: str, *, sm2: bool = False) -> Party:
        party = cls(folder, name)
        party.does("init", name, *(["--sm2"] if sm2 else []))
        for who in ("proposer", "approver"):
            party.does("person", who)
        return party

    def does(self, command: str, *words: object, by: str = "") -> str:
        """Run a command that must succeed; what it printed."""
        done = self.tries(command, *words, by=by)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tries(self, command: str, *words: object, by: str = "") -> subprocess.CompletedProcess:
        return linli("joint", command, *words, "--folder", self.folder, *(["--by", by] if by else []))

    def knows(self, other: Party, address: str = "") -> None:
        self.does("partner", other.folder / "card.json", "--yes", "--address", address)

    @property
    def log(self) -> list[dict]:
        return [json.loads(line) for line in self.does("log").splitlines()]

    @property
    def states(self) -> list[str]:
        return [line.split()[1] for line in self.does("runs").splitlines()]

    def settled(self, wanted: list[str]) -> list[str]:
        """The states, given time to become those wanted: a side that answers writes its last step after the other has it."""
        until = time.monotonic() + SETTLES_WITHIN
        while (found := self.states) != wanted and time.monotonic() < until:
            time.sleep(0.1)
        return found


@dataclass
class Both:
    """``community`` counts, ``station`` answers; ``paper`` is the invitation of the approved run."""

    community: Party
    station: Party
    paper: Path = field(default_factory=Path)

    @classmethod
    def make(cls, folder: Path, *, sm2: bool = False) -> Both:
        both = cls(Party.make(folder / "community", "社区", sm2=sm2), Party.make(folder / "station", "卫生站"))
        both.community.knows(both.station)
        both.station.knows(both.community)
        return both

    def agree(self, ours: list[str], theirs: list[str], *, bands: bool = False) -> str:
        """Propose, accept, and approve on both sides; the run's number."""
        mine = list_file(self.community.folder / "ours.csv", ours)
        other = list_file(self.station.folder / "theirs.csv", theirs)
        said = self.community.does(
            "propose", mine, "--question", "两边都有多少人", "--on", ON, *(["--bands"] if bands else []), by="proposer"
        )
        run = re.search(r"run (\w{8})", said)[1]
        self.paper = self.community.folder / f"{run}.invitation.json"
        self.station.does("accept", self.paper, other, by="proposer")
        self.community.does("approve", run, by="approver")
        self.station.does("approve", run, by="approver")
        return run


@contextlib.contextmanager
def serving(party: Party, *, once: bool = False) -> Iterator[tuple[subprocess.Popen, int]]:
    """``linli joint serve`` of a party, and the port at which it waits."""
    command = [*_command(), "joint", "serve", "--folder", str(party.folder), "--listen", f"127.0.0.1:{free_port()}"]
    process = subprocess.Popen(
        command + (["--once"] if once else []),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        first = process.stderr.readline()
        yield process, int(re.search(r":(\d+)$", first.strip())[1])
    finally:
        process.kill()
        process.communicate()


@dataclass
class Eavesdropper:
    """A relay that keeps everything that passes, as (direction, bytes), and may cut the line after so many bytes."""

    target: int
    cut_after: int | None = None
    pieces: list[tuple[str, bytes]] = field(default_factory=list)
    passed: int = 0

    def __post_init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def wire(self) -> bytes:
        return b"".join(piece for _direction, piece in self.pieces)

    def total(self, direction: str) -> int:
        return sum(len(piece) for way, piece in self.pieces if way == direction)

    def wait_for(self, size: int, seconds: float = 30) -> None:
        ends = time.monotonic() + seconds
        while self.passed < size:
            assert time.monotonic() < ends, "nothing passes"
            time.sleep(0.01)

    def _take(self) -> None:
        while True:
            caller, _where = self.server.accept()
            called = socket.create_connection(("127.0.0.1", self.target))
            for source, end, way in ((caller, called, "out"), (called, caller, "in")):
                threading.Thread(target=self._pass, args=(source, end, way), daemon=True).start()

    def _pass(self, source: socket.socket, end: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 14):
                if self.cut_after is not None and self.passed + len(data) > self.cut_after:
                    end.sendall(data[: max(0, self.cut_after - self.passed)])
                    break
                self.pieces.append((way, data))
                self.passed += len(data)
                end.sendall(data)
        for one in (source, end):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _command() -> list[str]:
    return [sys.executable, "-m", "linli.cli.main"]


def environment() -> dict[str, str]:
    return {**os.environ, "LINLI_JOINT_PIN": PIN}
