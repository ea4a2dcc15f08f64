"""A copied empty database is the one that migrating would have made, and never overwrites anything."""

import os
import sqlite3
from contextlib import closing

import pytest

from linli.simulator import empty_database


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _made(path):
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE a (b)")
        made.execute("INSERT INTO a VALUES (7)")
        made.commit()
    return path


def test_what_was_kept_is_laid_elsewhere_with_all_its_rows(tmp_path):
    empty_database.keep(_made(tmp_path / "first.sqlite3"))
    assert empty_database.lay(tmp_path / "home" / "second.sqlite3")
    with closing(sqlite3.connect(tmp_path / "home" / "second.sqlite3")) as laid:
        assert laid.execute("SELECT b FROM a").fetchall() == [(7,)]


def test_nothing_is_laid_over_a_database_and_nothing_where_none_was_kept(tmp_path):
    assert not empty_database.lay(tmp_path / "new.sqlite3")
    there = _made(tmp_path / "there.sqlite3")
    empty_database.keep(there)
    before = there.read_bytes()
    assert not empty_database.lay(there)
    assert there.read_bytes() == before


def test_other_migrations_make_another_database(tmp_path, monkeypatch):
    empty_database.keep(_made(tmp_path / "first.sqlite3"))
    old = empty_database.kept_at()
    os.utime(old, (1, 1))
    for number in range(empty_database.KEPT):
        monkeypatch.setattr(empty_database, "_digest", lambda number=number: f"of-other-migrations-{number}")
        assert not empty_database.lay(tmp_path / "new.sqlite3")
        empty_database.keep(tmp_path / "first.sqlite3")
    assert not old.exists() and empty_database.kept_at().exists()


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path, monkeypatch):
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    empty_database.keep(_made(tmp_path / "first.sqlite3"))
    assert not empty_database.lay(tmp_path / "new.sqlite3")
