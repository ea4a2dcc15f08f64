"""A night's erasing is killed again and again while others write: each row goes once, is counted once, and nobody is
locked out."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from linli.cli.tests.running import command, environment, linli, migrate
from linli.cli.tests.test_an_erasure_leaves_no_trace import inside

pytestmark = pytest.mark.slow

OLD, NEW, KILLS = 9_000, 10, 3


def left(home) -> int:
    with closing(sqlite3.connect(home / "linli.sqlite3", timeout=30)) as database:
        return database.execute("SELECT COUNT(*) FROM privacy_accessrecord").fetchone()[0]


def test_killed_in_the_middle_each_row_goes_once_and_writers_get_through(tmp_path):
    home = tmp_path / "home"
    migrate(home)
    inside("grow_old", str(OLD), home=home)
    shown = linli("admin", "retention", "--dry-run", "--json", home=home)
    due = {line["rule"]: line["count"] for line in json.loads(shown.stdout)}
    assert due["privacy.AccessRecord"] == OLD
    kills, written, longest = 0, 0, 0.0
    with closing(sqlite3.connect(home / "linli.sqlite3", timeout=30, isolation_level=None)) as writer:
        while left(home) > NEW:
            before = left(home)
            running = subprocess.Popen(
                command("admin", "retention", home=home), env=environment(), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            while running.poll() is None and (kills >= KILLS or left(home) > before - 600):
                started = time.monotonic()
                writer.execute("INSERT INTO registry_street (code, name) VALUES (?, ?)", (f"s{written}", "written"))
                longest = max(longest, time.monotonic() - started)
                written += 1
                time.sleep(0.005)
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
                kills += 1
            running.wait(30)
    assert kills >= 2
    assert linli("admin", "retention", home=home).returncode == 0
    with closing(sqlite3.connect(home / "linli.sqlite3")) as database:
        entries = database.execute(
            """SELECT "count", "then" FROM retention_registerentry WHERE what = 'privacy.AccessRecord'"""
        ).fetchall()
        streets = database.execute("SELECT COUNT(*) FROM registry_street WHERE name = 'written'").fetchone()[0]
    assert entries == [(OLD, "erase")]
    assert left(home) == NEW
    assert streets == written > 100
    assert longest < 20, "a writer waits at most as long as SQLite is told to wait"
    assert linli("admin", "verify-audit", home=home).returncode == 0
