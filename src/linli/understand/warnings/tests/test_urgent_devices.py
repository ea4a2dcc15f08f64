"""Which devices are read first in a backlog."""

from linli.sense.telemetry import taps
from linli.understand.warnings.shipped import shipped_rules


def test_no_rule_hears_an_urgent_device_together_with_others():
    """Otherwise it would hear them in another order than that in which they spoke."""
    urgent = taps.urgent_types()
    assert {"lift", "smoke", "gas", "sos", "fall_radar"} <= urgent
    mixed = [
        key
        for key, rule in shipped_rules().items()
        if rule.configured.device_types & urgent and len(rule.configured.device_types) > 1
    ]
    assert mixed == []
