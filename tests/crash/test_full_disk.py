"""The disk fills up under the database or the message store: said plainly, waited out, nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.ingest_instance import Instance, publisher_at, running, settled, wait_until

pytestmark = [pytest.mark.crash, pytest.mark.slow]

DISK = "64m"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of :data:`DISK` at ``folder``; only root may mount one."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    try:
        yield
    finally:
        filler.unlink()


def test_a_full_disk_under_the_database_is_waited_out(tmp_path, monkeypatch):
    monkeypatch.delenv("LINLI_DATABASE_URL", raising=False)
    home = tmp_path / "home"
    with small_disk(home):
        (tmp_path / "nats").mkdir()
        (home / "nats").symlink_to(tmp_path / "nats")
        with running(home) as instance, publisher_at(instance) as publisher:
            instance.log = tmp_path / "ingest.log"
            instance.start_ingest()
            wait_until(lambda: publisher.heard > 200, 20, "the publisher is heard")
            with full(home):
                wait_until(lambda: "磁盘满了" in instance.log.read_text(), 30, "ingest says that the disk is full")
                heard = publisher.heard
                wait_until(lambda: publisher.heard > heard + 200, 20, "the message server goes on listening")
            it_went_on(instance, publisher)


def test_a_full_disk_under_the_message_store_is_waited_out(tmp_path, own_database):
    home = tmp_path / "home"
    with small_disk(home / "nats"), running(home) as instance, publisher_at(instance) as publisher:
        instance.start_ingest()
        wait_until(lambda: publisher.heard > 200, 20, "the publisher is heard")
        with full(home / "nats"):
            wait_until(lambda: falls_silent(publisher), 30, "nothing is acknowledged any more")
        heard = publisher.heard
        wait_until(lambda: instance.broker.unstick() or publisher.heard > heard, 30, "it is started again")
        it_went_on(instance, publisher)


def test_a_database_that_another_program_holds_is_waited_out(tmp_path, monkeypatch):
    monkeypatch.delenv("LINLI_DATABASE_URL", raising=False)
    with running(tmp_path) as instance, publisher_at(instance) as publisher:
        instance.start_ingest()
        wait_until(lambda: publisher.heard > 200, 20, "the publisher is heard")
        with contextlib.closing(
            sqlite3.connect(tmp_path / "linli.sqlite3", timeout=20, isolation_level=None)
        ) as holder:
            holder.execute("BEGIN IMMEDIATE")
            wait_until(lambda: "数据库被别的程序占着" in instance.log.read_text(), 40, "ingest says that it waits")
        it_went_on(instance, publisher)


def it_went_on(instance: Instance, publisher) -> None:
    heard = publisher.heard
    wait_until(lambda: publisher.heard > heard + 100, 30, "it goes on")
    assert publisher.finish(60) == 0
    wait_until(lambda: settled(instance), 60, "everything is stored")
    assert instance.ingest.poll() is None, "ingest ended"
    instance.acknowledged_once(publisher)


def falls_silent(publisher) -> bool:
    heard = publisher.heard
    time.sleep(1)
    return publisher.heard == heard
