"""Real processes, killed at random moments: every acknowledged observation is stored exactly once."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.crash.ingest_instance import publisher_at, running, settled, wait_until

pytestmark = [pytest.mark.crash, pytest.mark.slow]

KILLS = 10


def test_ten_kills_lose_nothing_that_was_acknowledged_and_double_nothing(tmp_path, own_database):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with running(tmp_path) as instance, publisher_at(instance) as publisher:
        instance.start_ingest()
        wait_until(lambda: publisher.heard > 200, 20, "the publisher is heard")
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.2, 0.8))
            victims = chance.choice([("ingest",), ("broker",), ("ingest", "broker")])
            if kill < 2:
                victims = (("ingest",), ("broker",))[kill]
            if "broker" in victims:
                instance.kill_broker()
            if "ingest" in victims:
                instance.kill_ingest()
            if "broker" in victims:
                instance.broker.start()
            if "ingest" in victims:
                instance.start_ingest()
            heard = publisher.heard
            wait_until(
                lambda heard=heard: publisher.heard > heard + 20, 20, f"it goes on after kill {kill} (seed {seed})"
            )
        assert publisher.finish(60) == 0
        assert publisher.heard > 1_000
        wait_until(lambda: settled(instance), 30, "everything is stored")
        instance.ingest.send_signal(signal.SIGTERM)
        assert instance.ingest.wait(15) == 0
        assert instance.acknowledged_once(publisher, f"(seed {seed})")["files"] > 0
