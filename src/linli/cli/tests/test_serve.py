"""Serving starts only when it can serve, says why when it cannot, and leaves no process behind."""

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from linli.cli.tests.running import command, environment, linli, migrate


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("instance") / "home"
    migrate(folder)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int, process: subprocess.Popen, seconds: float = 60) -> int:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/me", timeout=5).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.2)
    raise AssertionError("it did not answer")


def test_a_termination_ends_every_worker(home):
    port = free_port()
    process = subprocess.Popen(
        command("serve", "--port", str(port), "--workers", "2", home=home),
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        assert answers(port, process) == 401
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not psutil.wait_procs(children, timeout=5)[1]
    finally:
        if process.poll() is None:
            process.kill()


def test_a_taken_port_is_said_plainly(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = linli("serve", "--port", str(port), home=home)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_migrated_is_said_plainly(tmp_path):
    done = linli("serve", "--port", str(free_port()), home=tmp_path / "new")
    assert done.returncode == 1
    assert "linli admin migrate" in done.stderr
