from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.sense.requests.rules.pin import distance_to, nearest
from linli.testing import box

metres = st.floats(-500, 500)


@given(x=metres, y=metres)
def test_distance_to_a_rectangle_is_that_of_geometry(x, y):
    dx, dy = max(10 - x, 0, x - 50), max(20 - y, 0, y - 32)
    assert distance_to(box(10, 20), x, y) == pytest.approx(hypot(dx, dy), abs=1e-6)


def test_the_nearest_building_wins_within_fifty_metres():
    shapes = [("near", box(0, 0)), ("far", box(100, 0))]
    assert nearest(shapes, 45, 5) == "near"
    assert nearest(shapes, 95, 5) == "far"
    assert nearest(shapes, 20, 62) == "near"
    assert nearest(shapes, 20, 63) is None
    assert nearest([], 0, 0) is None
