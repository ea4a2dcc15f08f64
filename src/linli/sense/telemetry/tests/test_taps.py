from datetime import UTC, datetime

import pytest

from linli.foundation.registry.models import Grid
from linli.sense.telemetry import taps

EIGHT, NINE = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (8, 9))


@pytest.fixture(autouse=True)
def own_register(monkeypatch):
    monkeypatch.setattr(taps, "registered", {})
    taps.failures.clear()


def seen(device_type: str, time: datetime) -> taps.Observed:
    return taps.Observed(1, "d-1", device_type, "floor", time, 3.0)


def test_a_tap_sees_only_the_types_it_asked_for_oldest_first(db):
    shown: list = []
    taps.register("lifts", shown.extend, device_types=frozenset({"lift"}))
    taps.show([seen("lift", NINE), seen("smoke", EIGHT), seen("lift", EIGHT)])
    assert [(o.device_type, o.time) for o in shown] == [("lift", EIGHT), ("lift", NINE)]
    assert taps.wanted_types() == {"lift"}


def test_a_tap_that_raises_takes_back_only_its_own_writes(world):
    kept = []

    def breaks(observations):
        Grid.objects.create(number=77)
        raise ValueError("a fault in a detector")

    taps.register("breaks", breaks)
    taps.register("goes on", kept.extend)
    with world.scope():
        taps.show([seen("lift", EIGHT)])
        assert not Grid.objects.filter(number=77).exists()
    assert kept == [seen("lift", EIGHT)]
    assert taps.failures["breaks"] == 1
