"""One person more or less changes the chance of any count by at most e^ε."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.joint.rules.noise import DELTA, centre_for, chances, draw, error95


@given(st.floats(0.05, 2))
def test_neighbouring_counts_are_as_good_as_equally_likely(epsilon):
    law = chances(epsilon)
    assert math.isclose(sum(law), 1)
    for less, more in pairwise(law):
        assert less <= more * math.exp(epsilon) * 1.000001
        assert more <= less * math.exp(epsilon) * 1.000001
    assert law[0] <= DELTA
    assert law[-1] <= DELTA


@pytest.mark.parametrize("epsilon", [0, -1, math.nan, math.inf, 3])
def test_no_noise_or_senseless_noise_is_refused(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        centre_for(epsilon)


def test_what_is_drawn_follows_the_law():
    drawn = Counter(draw(0.5) for _ in range(4000))
    law = chances(0.5)
    assert set(drawn) <= set(range(len(law)))
    middle = sum(drawn[k] for k in range(centre_for(0.5) - 3, centre_for(0.5) + 4)) / 4000
    expected = sum(law[centre_for(0.5) - 3 : centre_for(0.5) + 4])
    assert abs(middle - expected) < 0.05


def test_the_error_that_is_told_is_the_error_there_is():
    within = sum(abs(draw(0.5) + draw(0.5) - 2 * centre_for(0.5)) <= error95(0.5) for _ in range(3000)) / 3000
    assert 0.93 <= within <= 0.99
