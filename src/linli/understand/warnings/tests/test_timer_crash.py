"""kill -9 at minute 7 of 10, in the middle of a batch: the timer goes on as if nothing had been."""

import signal

import pytest

from linli.understand.warnings.tests.test_worker_crash import Instance

PROGRAM = ("-m", "linli.understand.warnings.tests.ten_minutes")


@pytest.mark.crash
def test_ten_minutes_are_ten_minutes_though_it_was_killed_at_the_seventh(tmp_path):
    instance = Instance(tmp_path)
    killed = instance.run(*PROGRAM, "plant", patience=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert instance.run(*PROGRAM, "look", "9.99").stdout.strip() == "nothing"
    assert instance.run(*PROGRAM, "look", "10").stdout.strip() == "2026-03-02T01:00:00+00:00 1"
    assert instance.run(*PROGRAM, "look", "25").stdout.strip() == "2026-03-02T01:00:00+00:00 1", "once"


@pytest.mark.crash
def test_a_climb_goes_on_where_it_was_though_it_was_killed_while_it_called(tmp_path):
    instance = Instance(tmp_path)
    program = ("-m", "linli.understand.warnings.tests.climbing_killed")
    killed = instance.run(*program, "plant", patience=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert instance.run(*program, "look", "4.9").stdout.strip() == "grid_worker 1"
    assert instance.run(*program, "look", "6").stdout.strip() == "grid_worker 1,grid_lead 1"
    assert instance.run(*program, "look", "8").stdout.strip() == "grid_worker 1,grid_lead 1", "once"
