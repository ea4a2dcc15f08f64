"""Setting up an instance from nothing, with mistakes said plainly."""

import json
import sqlite3
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from linli.cli.tests.running import linli


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("instance") / "home"
    assert linli("admin", "migrate", home=folder).returncode == 0
    made = linli("admin", "create-community", "mx", "试验社区", "--phone", "0571-00000000", home=folder)
    assert made.returncode == 0, made.stderr
    return folder


def rows(home: Path, query: str) -> list[tuple]:
    with sqlite3.connect(home / "linli.sqlite3") as database:
        return database.execute(query).fetchall()


def test_a_director_can_sign_in_with_the_password_that_is_printed_once(home):
    done = linli("admin", "create-director", "mx", "wang", "王主任", home=home)
    password = done.stdout.split("password: ")[1].strip()
    [(kept,)] = rows(home, "SELECT password FROM accounts_account WHERE username = 'wang'")
    assert password not in kept
    assert Argon2PasswordHasher().verify(password, kept)
    assert rows(home, "SELECT role FROM accounts_grant") == [("community_director",)]
    assert linli("admin", "create-director", "mx", "wang", "王主任", home=home).returncode == 1


def test_a_worker_gets_an_account_with_a_role_that_fits(home):
    done = linli("admin", "create-account", "mx", "li", "李审计", "--role", "auditor", home=home)
    assert done.returncode == 0, done.stderr
    assert ("auditor",) in rows(home, "SELECT role FROM accounts_grant")
    for wrong, word in ((("--role", "king"), "no role king"), (("--role", "grid_worker", "--grid", "7"), "no grid 7")):
        refused = linli("admin", "create-account", "mx", "wu", "吴", *wrong, home=home)
        assert (refused.returncode, word in refused.stderr) == (1, True), refused.stderr
    assert linli("admin", "create-account", "mx", "wu", "吴", "--role", "grid_worker", home=home).returncode == 1
    assert not rows(home, "SELECT 1 FROM accounts_account WHERE username = 'wu'")


def test_a_password_can_be_reset_at_the_machine_and_the_old_one_is_dead(home):
    linli("admin", "create-director", "mx", "zhao", "赵主任", home=home)
    [(before,)] = rows(home, "SELECT password FROM accounts_account WHERE username = 'zhao'")
    done = linli("admin", "reset-password", "zhao", "--second-factor", home=home)
    password = done.stdout.split("password: ")[1].strip()
    [(kept,)] = rows(home, "SELECT password FROM accounts_account WHERE username = 'zhao'")
    assert kept != before
    assert Argon2PasswordHasher().verify(password, kept)
    assert len(rows(home, "SELECT 1 FROM events_event WHERE kind = 'accounts.password_reset'")) == 1
    nobody = linli("admin", "reset-password", "nobody", home=home)
    assert (nobody.returncode, "no account nobody" in nobody.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("create-community", "mx", "又一个", "--phone", "0571-00000000"), "exists already"),
        (("create-community", "two words", "又一个", "--phone", "0571-00000000"), "code"),
        (("create-director", "nowhere", "li", "李主任"), "known: mx"),
    ],
)
def test_a_mistake_is_said_plainly_and_changes_nothing(home, arguments, word):
    done = linli("admin", *arguments, home=home)
    assert done.returncode == 1
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert rows(home, "SELECT code FROM registry_community") == [("mx",)]


def test_surroundings_are_checked_before_they_are_taken(home, tmp_path):
    line = {"type": "LineString", "coordinates": [[0, 0], [10, 0]]}
    road = {"type": "Feature", "properties": {"kind": "road"}, "geometry": line}
    file = tmp_path / "surroundings.geojson"
    for features, code in (([road], 0), ([{**road, "properties": {"kind": "cloud"}}], 1)):
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        assert linli("admin", "surroundings", "mx", str(file), home=home).returncode == code
    [(kept,)] = rows(home, "SELECT surroundings FROM registry_community")
    assert json.loads(kept)["features"][0]["properties"] == {"kind": "road"}


def test_keys_are_rotated_at_the_machine_and_the_doctor_says_under_which_everything_lies(home):
    assert linli("admin", "rotate-keys", "--wait", "0", home=home).returncode == 0
    found = {one["check"]: one for one in json.loads(linli("doctor", "--json", home=home).stdout)}
    assert found["sealed fields"]["found"].startswith("keys k2 and i2")
