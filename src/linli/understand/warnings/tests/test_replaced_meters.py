"""A meter that was replaced begins again at nought: no rule takes that for use, for a leak or for somebody who is silent."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.detectors.living import lived
from linli.understand.warnings.shipped import shipped_detector

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
DAYS, EVERY_MINUTES = 60, 15
NEW = (0.0, 0.05, 3.0)
"""Where a new meter begins. One that begins above the old one's dial cannot be told from use."""
USED_AN_HOUR = {"volume": 0.012, "energy": 0.35}
RULES = {
    "no_water": "volume", "water_running": "volume", "water_much": "volume", "slow_leak": "volume",
    "no_power": "energy", "little_power": "energy", "public_power_odd": "energy", "public_power_shift": "energy",
}  # fmt: skip


def ordinary(metric, replaced_at, old, new):
    """What is used by day and by night, every quarter of an hour; from ``replaced_at`` (hours) on by a new meter's dial."""
    rng = random.Random(metric)
    dial, readings, replaced = old, [], False
    for n in range(DAYS * 24 * 60 // EVERY_MINUTES):
        hour = n * EVERY_MINUTES / 60
        by_day = 6 <= hour % 24 < 22
        base = USED_AN_HOUR[metric] * EVERY_MINUTES / 60
        dial += base * rng.uniform(0.6, 1.4) if by_day else (base * 0.2 if metric == "energy" else 0.0)
        if not replaced and hour >= replaced_at:
            dial, replaced = new, True
        readings.append(Seen(1, MIDNIGHT + timedelta(hours=hour), {metric: round(dial, 4)}))
    return readings


@pytest.mark.parametrize("rule", RULES)
@given(replaced_at=st.floats(1, DAYS * 24 - 1), old=st.floats(max(NEW), 9_000), new=st.sampled_from(NEW))
@settings(max_examples=8)
def test_no_rule_speaks_of_a_meter_that_begins_anew(rule, replaced_at, old, new):
    said = lived(shipped_detector(rule), ordinary(RULES[rule], replaced_at, old, new), MIDNIGHT + timedelta(days=DAYS))
    assert [(at, answer.warning) for at, _, answer in said if answer.warning is not None] == []


def test_without_use_the_same_rules_do_speak():
    """The life above is one in which something could be noticed."""
    still = [Seen(1, seen.time, {"volume": 8.0}) for seen in ordinary("volume", 0, 8.0, 0.0)]
    said = lived(shipped_detector("no_water"), still, MIDNIGHT + timedelta(days=DAYS))
    assert any(answer.warning is not None for *_, answer in said)
