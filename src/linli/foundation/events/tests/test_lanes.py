"""Whoever must be called about danger is called while a gateway does not answer and an engine listens."""

import json
import os
import subprocess
import sys

from linli.foundation.lifecycle.ticks import Lane, registered


def test_neither_a_slow_gateway_nor_a_slow_job_holds_up_a_call_and_both_are_finished(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "linli.foundation.events.tests.lanes"],
        env={**os.environ, "LINLI_HOME": str(tmp_path), "LINLI_MODE": "test", "DJANGO_SETTINGS_MODULE": "linli.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    outcome = json.loads(ran.stdout.splitlines()[-1])
    assert outcome["paths"] == ["/sms", "/voice"] and outcome["busy"]
    assert outcome["waited"] < 3.5
    assert outcome["sent"] == ["call:1", "slow"] and outcome["done"] == 1


def test_what_climbs_shares_its_lane_with_nothing_that_waits_for_a_network():
    outside = {
        "notices.tasks.deliver_messages",
        "notices.tasks.deliver_calls",
        "notices.tasks.deliver_pushes",
        "intake.tasks.fetch_mail",
    }
    lanes = {name: one.lane for name, one in registered.items()}
    assert next(lane for name, lane in lanes.items() if name.endswith("warnings.tasks.climb")) == Lane.MAIN
    assert all(lane != Lane.MAIN for name, lane in lanes.items() if any(name.endswith(one) for one in outside))
