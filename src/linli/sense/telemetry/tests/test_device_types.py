import re

import pytest
from django.utils import translation

from linli.foundation.privacy.purposes import all_purposes
from linli.sense.telemetry.device_types import CATALOGUE

METRICS = [(kind, metric) for kind in CATALOGUE.values() for metric in kind.metrics.values()]
SHIPPED = {
    "lift", "water_meter", "electricity_meter", "door_sensor", "presence", "bed_mat", "sos", "smoke", "gas", "climate",
    "water_leak", "access_gate", "charger", "people_counter", "camera", "noise", "air", "pipe_pressure", "street_lamp",
}  # fmt: skip


def test_every_kind_of_device_that_a_neighbourhood_has_is_there():
    assert CATALOGUE.keys() >= SHIPPED


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_metric_says_what_it_means_in_a_whole_sentence(language):
    with translation.override(language):
        for kind, metric in METRICS:
            assert str(metric.meaning).endswith(("。", ".")), (kind.key, metric.key)
            assert bool(re.search(r"[\u4e00-\u9fff]", str(metric.meaning))) == (language != "en"), metric.key


def test_ranges_are_ranges_and_counters_begin_at_nothing():
    for kind, metric in METRICS:
        assert metric.low < metric.high, (kind.key, metric.key)
        assert not (metric.counts and (metric.low != 0 or metric.is_switch)), (kind.key, metric.key)
        assert not (metric.may_be_calibrated and metric.is_switch), (kind.key, metric.key)


def test_what_tells_of_people_has_a_purpose_that_people_can_read():
    named = {key for purpose in all_purposes().values() for key in purpose.senses | purpose.observes}
    assert {kind.key for kind in CATALOGUE.values() if kind.sensitive} <= named
