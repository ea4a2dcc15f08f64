"""The worker is killed with what a neighbourhood has going on; afterwards nothing is missing and nothing twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import linli

PATIENCE = 60


class Instance:
    """A home on disk with its own processes, looked at with plain SQL."""

    def __init__(self, home: Path):
        self.home = home
        kept = {name: value for name, value in os.environ.items() if name != "LINLI_DATABASE_URL"}
        self.environment = kept | {
            "LINLI_HOME": str(home),
            "LINLI_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "linli.config.settings",
            "PYTHONPATH": str(Path(linli.__file__).parents[1]),
        }

    def run(self, *arguments: str, patience: float = PATIENCE) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=patience,
        )

    def work(self) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "linli.cli.main", "work"], env=self.environment)

    def ask(self, question: str) -> int:
        with sqlite3.connect(self.home / "linli.sqlite3", timeout=20) as database:
            return database.execute(question).fetchone()[0]

    @property
    def waiting(self) -> int:
        return self.ask(
            "SELECT (SELECT count(*) FROM events_event WHERE position IS NULL)"
            " + (SELECT count(*) FROM events_delivery WHERE done_at IS NULL)"
        )

    def wait_until(self, reached, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert process.poll() is None, "the worker ended by itself"
            assert time.monotonic() < deadline, f"{self.waiting} still waiting"
            time.sleep(0.02)


@pytest.mark.crash
def test_killed_again_and_again_it_delivers_everything_once_and_stops_cleanly(tmp_path):
    instance = Instance(tmp_path)
    planted = instance.run("-m", "linli.understand.warnings.tests.many_warnings", "150")
    assert planted.returncode == 0, planted.stderr
    happened = instance.ask("SELECT count(*) FROM events_event")
    for n in range(4):
        worker = instance.work()
        placed = f"SELECT count(*) FROM events_delivery WHERE done_at IS NOT NULL AND position >= {n * 10}"
        instance.wait_until(lambda question=placed, least=n * 20: instance.ask(question) >= least, worker)
        time.sleep(0.05 * n)
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=PATIENCE)
    worker = instance.work()
    instance.wait_until(lambda: instance.waiting == 0, worker)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE) == 0
    assert instance.ask("SELECT count(*) FROM events_event WHERE kind = 'warnings.opened'") == 150
    assert instance.ask("SELECT count(*) FROM casework_case WHERE warning_id IS NOT NULL") == 150
    assert instance.ask("SELECT count(*) FROM events_event") > happened
    assert instance.ask("SELECT max(position) + 1 - count(*) FROM events_event") == 0
    checked = instance.run("-m", "linli.cli.main", "admin", "verify-audit")
    assert checked.returncode == 0 and checked.stdout.startswith("sound: "), checked.stderr
