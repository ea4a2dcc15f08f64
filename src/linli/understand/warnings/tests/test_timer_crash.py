"""kill -9 at minute 7 of 10, in the middle of a batch: the timer goes on as if nothing had been."""

import signal
import subprocess
import sys
import time

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


@pytest.mark.crash
def test_the_term_of_an_arrival_goes_on_though_it_was_killed_while_the_next_rung_was_called(tmp_path):
    instance = Instance(tmp_path)
    program = ("-m", "linli.understand.warnings.tests.climbing_killed")
    killed = instance.run(*program, "plant_answered", patience=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    reminded = "grid_worker 1,grid_worker 1"
    assert instance.run(*program, "look", "33.9").stdout.strip() == reminded
    assert instance.run(*program, "look", "35").stdout.strip() == f"{reminded},grid_lead 1"
    assert instance.run(*program, "look", "36").stdout.strip() == f"{reminded},grid_lead 1", "once"


@pytest.mark.crash
def test_a_thousand_triggers_of_a_hundred_devices_with_a_kill_in_the_middle_are_a_hundred_warnings(tmp_path):
    instance = Instance(tmp_path)
    program = ("-m", "linli.understand.warnings.tests.thousand_triggers")
    planted = instance.run(*program, "plant", patience=240)
    assert planted.returncode == 0, planted.stderr

    def start(seed: int) -> subprocess.Popen:
        command = [sys.executable, *program, "trigger", str(seed)]
        return subprocess.Popen(command, env=instance.environment, stdout=subprocess.PIPE)

    def raised() -> int:
        return instance.ask("SELECT count(*) FROM warnings_warning")

    killed, going = start(1), start(2)
    deadline = time.monotonic() + 120
    while not raised() >= 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(timeout=60) == -signal.SIGKILL
    assert raised() < 100, "in the middle"
    assert going.wait(timeout=300) == 0
    again = start(1)
    assert again.wait(timeout=300) == 0
    assert instance.run(*program, "count").stdout.split() == ["100", "100", "100", "True"]
