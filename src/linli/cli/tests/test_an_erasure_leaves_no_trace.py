"""The acceptance of an erasure, on a real instance: database, lake, files, message store and a restored backup are looked
through for names, numbers, words and readings, before, after, and after a restore of what was kept before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from linli.cli.tests.running import command, environment, linli, make_recovery_key, migrate

ROOT = Path(__file__).resolve().parents[4]
pytestmark = pytest.mark.slow


def inside(what: str, *arguments: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "linli.cli.tests.living_instance", what, *arguments],
        env=environment() | {"LINLI_HOME": str(home), "LINLI_MODE": "test"},
        cwd=ROOT, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def traces(texts, *, home: Path, archive: Path | None = None) -> list[str]:
    extra = ["--archive", str(archive), "--key", str(home.parent / "recovery.txt")] if archive else []
    done = subprocess.run(
        command("admin", "find-traces", *extra, home=home), input="\n".join(texts), env=environment(),
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-3000:]
    found = done.stdout.splitlines()
    assert (done.returncode == 1) == bool(found)
    return found


def run_while(*arguments: str, home: Path):
    return subprocess.Popen(
        command(*arguments, home=home), env=environment() | {"LINLI_MODE": "test"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def end(process) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    """A home in which the elder has lived, and a backup of it."""
    folder = tmp_path_factory.mktemp("erasing")
    home = folder / "home"
    migrate(home)
    make_recovery_key(home)
    facts = json.loads(inside("settle", home=home).splitlines()[-1])
    archive = folder / "kept" / "linli.tar.gz.age"
    archive.parent.mkdir()
    done = linli("backup", str(archive), home=home)
    assert done.returncode == 0, done.stderr
    return home, archive, facts


def test_an_erasure_leaves_no_trace_in_database_lake_files_stream_and_a_restored_backup(instance):
    home, archive, facts = instance
    looked_for = [*facts["traces"], *facts["tokens"], facts["meter"]]
    before = traces(looked_for, home=home)
    for place in ("registry.Resident.name", "requests.Request.words", "linli.sqlite3", "phones/outbox.ndjson", "nats/store",
                  "lake/observations"):  # fmt: skip
        assert any(place in line for line in before), place
    assert any("linli.sqlite3" in line for line in traces(looked_for, home=home, archive=archive))

    inside("erase", str(facts["deletion"]), home=home)
    server = run_while("admin", "message-server", "--nats-port", "0", "--mqtt-port", "0", home=home)
    worker = run_while("work", home=home)
    time.sleep(1.5)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)
    worker = run_while("work", home=home)
    try:
        until = time.monotonic() + 120
        while not (state := json.loads(inside("waits", home=home)))["ended"] and time.monotonic() < until:
            time.sleep(1)
    finally:
        end(worker)
        end(server)
    assert state["ended"], state
    assert state["places"]["lake"] == 1 and state["places"]["stream"] == 1
    assert traces(looked_for, home=home) == []
    assert linli("admin", "verify-audit", home=home).returncode == 0

    again = home.parent / "again"
    restored = linli("restore", str(archive), "--key", str(home.parent / "recovery.txt"), home=again)
    assert restored.returncode == 0, restored.stderr
    assert "1 people" in restored.stdout
    assert traces(looked_for, home=again) == []
    assert linli("admin", "verify-audit", home=again).returncode == 0


def test_without_the_list_of_erasures_a_backup_is_not_restored_by_accident(instance, tmp_path):
    _home, archive, _facts = instance
    alone = tmp_path / "linli.tar.gz.age"
    alone.write_bytes(archive.read_bytes())
    refused = linli("restore", str(alone), home=tmp_path / "again")
    assert refused.returncode == 1
    assert "--nothing-was-erased" in refused.stderr
    assert not (tmp_path / "again").exists()
    listed = archive.parent / "erased.ndjson"
    assert listed.exists()
    assert "孟广田" not in listed.read_text()
