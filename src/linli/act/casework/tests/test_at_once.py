"""Two workers take one case at once, eight people speak at once: truly parallel transactions."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from linli.act.casework.tests.at_once import SPEAKERS, what_came_of_it
from linli.testing import build_community


@pytest.fixture
def outcome(transactional_db, tmp_path):
    """On PostgreSQL in the test database, else by a program of its own with a database file."""
    if connection.vendor == "postgresql":
        return what_came_of_it(build_community("many", serial=7))
    ran = subprocess.run(
        [sys.executable, "-m", "linli.act.casework.tests.at_once"],
        env={**os.environ, "LINLI_HOME": str(tmp_path), "LINLI_MODE": "test", "DJANGO_SETTINGS_MODULE": "linli.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_numbers_are_unique_and_without_gaps_one_key_is_one_case_and_one_taker_wins(outcome):
    serials = sorted(int(number.rpartition("-")[2]) for number in outcome["numbers"])
    assert serials == list(range(1, SPEAKERS + 1))
    assert len(set(outcome["same_key"])) == 1
    won = [answer for answer in outcome["taken"] if answer == "dispatched"]
    lost = [answer for answer in outcome["taken"] if answer.startswith("already_taken")]
    assert (len(won), len(lost)) == (1, 1)
    assert outcome["handler"] in lost[0]


def test_of_two_at_a_warning_who_arrived_has_it_and_one_result_ends_it(outcome):
    assert outcome["arrived"] == "grid_worker", "a hand-over takes the finding from nobody who is there"
    answers, has = outcome["first"]
    assert len(set(answers)) == 1 and has in ("grid_worker", "grid_lead"), "both hear who came first"
    ended = [answer for answer in outcome["fed_back"] if answer == "closed"]
    refused = [answer for answer in outcome["fed_back"] if answer.startswith("undeclared_transition")]
    assert (len(ended), len(refused), outcome["warning"]) == (1, 1, "cleared")
