"""The doctor names what is wrong and how to mend it, and says so with its exit code."""

import json
from pathlib import Path

import pytest

from linli.cli.tests.running import linli, migrate


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("instance") / "home"
    migrate(folder)
    return folder


def examine(home: Path) -> tuple[int, dict[str, dict]]:
    done = linli("doctor", "--json", home=home)
    return done.returncode, {finding["check"]: finding for finding in json.loads(done.stdout)}


def test_a_fresh_instance_is_told_what_does_not_run_yet(home):
    code, found = examine(home)
    assert code == 1
    assert found["database"]["state"] == "ok"
    assert found["message server"]["state"] == "failure"
    assert found["worker"]["state"] == "warning"
    assert found["communities"]["remedy"].startswith("Run 'linli admin create-community'")


def test_every_trouble_comes_with_a_remedy(home):
    _, found = examine(home)
    assert all(finding["remedy"] for finding in found.values() if finding["state"] != "ok")


def test_a_key_that_others_can_read_is_found(home):
    key = home / "keys" / "django"
    key.chmod(0o644)
    try:
        assert examine(home)[1]["keys"]["state"] == "failure"
    finally:
        key.chmod(0o600)
    assert examine(home)[1]["keys"]["state"] == "ok"


def test_an_empty_database_and_a_damaged_one_are_told_apart(home, tmp_path):
    assert "linli admin migrate" in examine(tmp_path / "new")[1]["migrations"]["remedy"]
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    content = bytearray((home / "linli.sqlite3").read_bytes())
    content[0:16] = b"not a database!!"
    (damaged / "linli.sqlite3").write_bytes(content)
    assert examine(damaged)[1]["database"]["state"] == "failure"
