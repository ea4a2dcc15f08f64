"""Many payers, approvers and workers at once: nobody gets more than there is, nothing is made or paid twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from linli.foundation.privacy.publishing.tests.red_team.racing import RACES, what_came_of_it
from linli.testing import build_community


@pytest.fixture
def outcome(transactional_db, tmp_path):
    """On PostgreSQL in the test database, else by a program of its own with a database file."""
    if connection.vendor == "postgresql":
        return what_came_of_it([build_community(f"r{n}", serial=n + 1) for n in range(len(RACES) + 1)])
    ran = subprocess.run(
        [sys.executable, "-m", "linli.foundation.privacy.publishing.tests.red_team.racing"],
        env={**os.environ, "LINLI_HOME": str(tmp_path), "LINLI_MODE": "test", "DJANGO_SETTINGS_MODULE": "linli.config.test_settings"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_racing_payers_take_no_more_than_there_is_and_a_release_is_made_once(outcome):
    *races, release = outcome
    for race in races:
        won = [answer for answer in race["answers"] if answer.isdecimal()]
        lost = [answer for answer in race["answers"] if answer.startswith("budget_spent")]
        assert len(won) == min(race["payers"], 5000 // race["amount"]), race
        assert len(won) + len(lost) == race["payers"], race
        befores, afters = [line[1] for line in race["lines"]], [line[2] for line in race["lines"]]
        assert befores == [5000, *afters[:-1]] and min(afters) >= 0
        assert [line[0] for line in race["lines"]] == list(range(1, len(won) + 1))
    assert sorted(release["proposals"])[0] == "1"
    assert sum(answer.isdecimal() for answer in release["proposals"]) == 1
    assert release["approvals"].count("approved") == 1
    assert release["paid"] == [5000] and release["figures"] == 10
