"""A backup made while others write is one consistent moment, sealed to the recovery key; a restore proves it or refuses."""

import gzip
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from linli.cli.archive import reading
from linli.cli.tests.running import command, environment, linli, make_recovery_key, migrate
from linli.foundation.vault import recovery

WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
number = 0
while True:
    number += 1
    db.execute("BEGIN IMMEDIATE")
    for half in ("a", "b"):
        db.execute(
            "INSERT INTO registry_street (code, name) VALUES (?, ?)", (f"{half}{number}", f"pair {number}")
        )
    db.execute("COMMIT")
    if number == 5:
        print("writing", flush=True)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A migrated instance with a photo on disk."""
    folder = tmp_path_factory.mktemp("instance") / "home"
    migrate(folder)
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / "photo.webp").write_bytes(os.urandom(5000))
    make_recovery_key(folder)
    return folder


@pytest.fixture(scope="module")
def key(home) -> Path:
    """The file in which somebody keeps the recovery key, away from the instance."""
    return home.parent / "recovery.txt"


@pytest.fixture(scope="module")
def archive(home, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "linli.tar.gz.age"
    done = linli("backup", str(path), home=home)
    assert done.returncode == 0, done.stderr
    return path


def test_a_backup_made_during_writes_restores_to_whole_transactions(home, key, tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home / "linli.sqlite3")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout.readline() == "writing\n"
        for number in range(3):
            file = tmp_path / f"{number}.tar.gz"
            done = linli("backup", str(file), home=home)
            assert done.returncode == 0, done.stderr
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    restored = linli("restore", str(file), "--key", str(key), home=tmp_path / "again")
    assert restored.returncode == 0, restored.stderr
    assert "integrity: ok" in restored.stdout
    assert "audit log: sound" in restored.stdout
    counts = dict(
        sqlite3.connect(tmp_path / "again" / "linli.sqlite3").execute(
            "SELECT substr(code, 1, 1), COUNT(*) FROM registry_street GROUP BY 1"
        )
    )
    assert counts["a"] == counts["b"] >= 5
    photo = Path("files") / "photo.webp"
    assert (tmp_path / "again" / photo).read_bytes() == (home / photo).read_bytes()


def test_the_lake_files_that_the_moment_names_are_in_the_archive_or_there_is_none(tmp_path):
    home = tmp_path / "home"
    migrate(home)
    assert linli("admin", "create-community", "mx", "试验社区", "--phone", "0571-00000000", home=home).returncode == 0
    key = make_recovery_key(home)
    sealed, stray = (
        home / "lake" / "observations" / "a.parquet",
        home / "lake" / "observations" / "stray.parquet",
    )
    sealed.parent.mkdir(parents=True)
    sealed.write_bytes(b"sealed rows")
    stray.write_bytes(b"not in the manifest")
    with sqlite3.connect(home / "linli.sqlite3") as database:
        database.execute(
            "INSERT INTO telemetry_lakefile (path, community_id, day, rows, first_time, last_time, sha256, sealed_at)"
            " VALUES ('observations/a.parquet', 1, '2026-03-02', 1, '2026-03-02', '2026-03-02', ?, '2026-03-02')",
            (hashlib.sha256(b"sealed rows").hexdigest(),),
        )
    done = linli("backup", str(tmp_path / "whole.tar.gz"), home=home)
    assert "1 lake files" in done.stdout, done.stderr
    assert linli("restore", str(tmp_path / "whole.tar.gz"), "--key", str(key), home=tmp_path / "again").returncode == 0
    assert [p.name for p in (tmp_path / "again" / "lake").rglob("*.parquet")] == ["a.parquet"]
    sealed.unlink()
    failed = linli("backup", str(tmp_path / "lost.tar.gz"), home=home)
    assert failed.returncode == 1
    assert "observations/a.parquet" in failed.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "again",
        "erased.ndjson",
        "home",
        "recovery.txt",
        "whole.tar.gz",
    ]


def test_the_archive_is_readable_by_its_owner_only(archive):
    assert archive.stat().st_mode & 0o077 == 0


def test_a_backup_never_overwrites(home, archive):
    before = archive.read_bytes()
    assert linli("backup", str(archive), home=home).returncode == 1
    assert archive.read_bytes() == before


def test_an_archive_that_was_cut_short_is_refused(archive, key, tmp_path):
    for left_off in (2000, 1):
        cut = tmp_path / f"cut{left_off}.tar.gz"
        cut.write_bytes(archive.read_bytes()[:-left_off])
        refuse(cut, tmp_path, "--key", str(key))


@pytest.mark.parametrize("where", [0.01, 0.5, 0.99])
def test_an_archive_with_one_changed_byte_is_refused(archive, key, where, tmp_path):
    damaged = tmp_path / "damaged.tar.gz"
    content = bytearray(archive.read_bytes())
    content[int(len(content) * where)] ^= 0x01
    damaged.write_bytes(content)
    refuse(damaged, tmp_path, "--key", str(key))


def test_an_archive_that_was_repacked_with_other_content_is_refused(archive, key, tmp_path):
    raw = bytearray(gzip.decompress(unsealed(archive, key)))
    at = raw.find(b"SQLite format 3") + 5000
    raw[at] ^= 0xFF
    repacked = tmp_path / "repacked.tar.gz"
    repacked.write_bytes(gzip.compress(bytes(raw)))
    refuse(repacked, tmp_path)


def test_without_the_recovery_key_or_with_another_a_leaked_archive_tells_nothing(archive, home, tmp_path):
    refuse(archive, tmp_path)
    other = tmp_path / "other.txt"
    other.write_text(recovery.new_pair()[0])
    refuse(archive, tmp_path, "--key", str(other))
    leaked = archive.read_bytes()
    for told in (b"SQLite format 3", b"manifest.json", b"registry_resident", b"ring.json"):
        assert told not in leaked
    ring = home / "keys" / "ring.json"
    assert not ring.exists() or ring.read_bytes() not in leaked
    done = subprocess.run(
        command("admin", "find-traces", "--archive", str(archive), "--key", str(other), home=home),
        input="SQLite format 3", env=environment(), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "another recovery key" in done.stderr


def test_the_secret_half_of_the_recovery_key_is_nowhere_in_the_home(home, key):
    secret = recovery.secret_in(key.read_text()).encode()
    assert all(secret not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_an_archive_that_was_opened_by_hand_can_be_restored(archive, key, tmp_path):
    plain = tmp_path / "linli.tar.gz"
    plain.write_bytes(unsealed(archive, key))
    done = linli("restore", str(plain), "--nothing-was-erased", home=tmp_path / "again")
    assert done.returncode == 0, done.stderr


def test_without_a_recovery_key_no_backup_is_made(tmp_path):
    home, file = tmp_path / "home", tmp_path / "linli.tar.gz.age"
    migrate(home)
    refused = linli("backup", str(file), home=home)
    assert refused.returncode == 1
    assert "linli admin recovery-key" in refused.stderr
    assert not file.exists()
    assert "recovery key" in linli("doctor", home=home).stdout


def test_a_recovery_key_is_not_replaced_by_accident_and_a_new_one_does_not_open_old_archives(
    home, key, archive, tmp_path
):
    assert linli("admin", "recovery-key", home=home).returncode == 1
    before = recovery.public_half(home)
    try:
        done = linli("admin", "recovery-key", "--replace", home=home)
        assert done.returncode == 0, done.stderr
        newer = tmp_path / "newer.txt"
        newer.write_text(done.stdout)
        refuse(archive, tmp_path, "--key", str(newer))
        assert recovery.public_half(home) != before
    finally:
        recovery.keep_public(home, before)


def test_an_archive_that_points_outside_itself_is_refused(tmp_path):
    hostile = tmp_path / "hostile.tar.gz"
    with tarfile.open(hostile, "w:gz") as tar:
        tar.add(__file__, "../outside.py")
    refuse(hostile, tmp_path)
    assert not (tmp_path / "outside.py").exists()


def test_a_restore_never_overwrites(archive, home):
    before = (home / "linli.sqlite3").stat().st_size
    assert linli("restore", str(archive), home=home).returncode == 1
    assert (home / "linli.sqlite3").stat().st_size == before


def test_the_manifest_names_versions_and_counts(archive, key):
    with reading(archive, recovery.secret_in(key.read_text())) as tar:
        manifest = next(json.load(tar.extractfile(entry)) for entry in tar if entry.name == "manifest.json")
    assert manifest["counts"]["django_migrations"] == len(manifest["migrations"])
    assert manifest["linli"]


def unsealed(archive: Path, key: Path) -> bytes:
    with recovery.opened(archive, recovery.secret_in(key.read_text())) as plain:
        return plain.read()


def refuse(archive: Path, tmp_path: Path, *arguments: str) -> None:
    target = tmp_path / f"home-{time.monotonic_ns()}"
    done = linli("restore", str(archive), "--nothing-was-erased", *arguments, home=target)
    assert done.returncode == 1
    assert "refused" in done.stderr
    assert not target.exists()
    assert not list(tmp_path.glob(".home-*"))
