import json

from hypothesis import given
from hypothesis import strategies as st

from linli.sense.telemetry.decoding import Span, decode
from linli.sense.telemetry.device_types import CATALOGUE

SPAN = Span(1_000, 2_000)
LIFT = CATALOGUE["lift"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
values = st.one_of(
    st.floats(), st.integers(), st.sampled_from([0, 1, 3.5]), st.text(max_size=3), st.none(), st.booleans()
)
metrics = st.one_of(st.sampled_from(list(LIFT.metrics)), st.text(max_size=5))
times = st.one_of(st.integers(0, 3_000), st.text(max_size=4), st.none(), st.floats())
readings = st.fixed_dictionaries({"t": times, "v": st.dictionaries(metrics, values, min_size=1, max_size=5)})


@given(st.binary())
def test_any_bytes_are_answered(payload):
    points, faults = decode(payload, LIFT, SPAN)
    assert points or faults


@given(anything)
def test_any_json_is_answered(content):
    points, faults = decode(json.dumps(content).encode(), LIFT, SPAN)
    assert points or faults


@given(st.lists(readings, min_size=1, max_size=4))
def test_every_part_of_a_message_is_either_accepted_or_set_aside(said):
    points, faults = decode(json.dumps(said).encode(), LIFT, SPAN)
    assert len(points) + len(faults) == sum(len(one["v"]) for one in said)
    for metric, moment, value in points:
        assert SPAN.earliest <= moment <= SPAN.latest
        assert LIFT.metrics[metric].low <= value <= LIFT.metrics[metric].high
