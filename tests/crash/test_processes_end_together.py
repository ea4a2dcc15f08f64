"""However an instance ends, none of its processes is left; however often one is started, one runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from linli.simulator.instance import LINLI
from linli.testing_tables import lay_into

pytestmark = [pytest.mark.crash, pytest.mark.slow]

PARENT = """
import pathlib, signal, sys
from linli.simulator.instance import Instance
# A shell starts what it runs in the background with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with Instance(pathlib.Path(sys.argv[1])) as instance:
    print("started", flush=True)
    signal.pause()
"""
PROCESSES = 5
"""Message server, web server and its worker, ingest, background work."""


@pytest.fixture
def parent(tmp_path, own_database):
    lay_into(tmp_path / "home")
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "home"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "started\n"
    children = wait_for_children(process.pid)
    yield process
    for child in [*children, psutil.Process(process.pid)] if process.poll() is None else children:
        if child.is_running():
            child.kill()
    process.wait()


def wait_for_children(pid: int) -> list[psutil.Process]:
    until = time.monotonic() + 20
    while len(children := [c for c in psutil.Process(pid).children(recursive=True) if is_ours(c)]) < PROCESSES:
        assert time.monotonic() < until, children
        time.sleep(0.1)
    return children


def is_ours(process: psutil.Process) -> bool:
    """Python's own helper of a process that spawns others is not one of the instance's."""
    try:
        return "resource_tracker" not in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_no_process_is_left(parent, number):
    children = psutil.Process(parent.pid).children(recursive=True)
    parent.send_signal(number)
    parent.wait(30)
    _, left = psutil.wait_procs(children, timeout=15)
    assert [process.cmdline() for process in left] == []


def test_a_second_one_is_refused_plainly(parent, tmp_path):
    taken = port_of(parent)
    for command, home, said in (
        (["ingest"], "home", "linli ingest"),
        (["work"], "home", "linli work"),
        (["demo", "--port", str(taken)], "other", f"--port {taken + 1}"),
    ):
        second = subprocess.run(
            [*LINLI, *command, "--home", tmp_path / home],
            env=environment(), capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert second.returncode == 1
        assert said in second.stderr
        assert "Traceback" not in second.stderr


def port_of(parent: subprocess.Popen) -> int:
    (web,) = [c for c in psutil.Process(parent.pid).children() if "serve" in c.cmdline()]
    return int(web.cmdline()[web.cmdline().index("--port") + 1])


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in {"LINLI_HOME", "LINLI_MODE"}} | {
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "LINLI_MODE": "demo",
    }
