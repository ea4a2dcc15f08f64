"""A curious partner cannot ask until it knows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.joint.rules.limits import (
    EPSILON_A_YEAR,
    LEAST_CHANGE,
    YEAR,
    Spent,
    TooOften,
    check_change,
    check_often,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@given(st.lists(st.integers(0, 800), max_size=40), st.floats(0.05, 0.5))
def test_no_year_costs_more_than_its_budget_and_no_quarter_more_than_two_runs(waits, epsilon):
    now, allowed = NOW, []
    for hours in waits:
        now += timedelta(hours=hours * 3)
        try:
            check_often(allowed, epsilon, now)
        except TooOften:
            continue
        allowed.append(Spent(now, epsilon))
    for end in allowed:
        year = [one for one in allowed if timedelta() <= end.at - one.at < YEAR]
        assert sum(one.epsilon for one in year) <= EPSILON_A_YEAR + 1e-6
        assert sum(end.at - one.at < timedelta(days=90) for one in year) <= 2


@pytest.mark.parametrize("epsilon", [0, -0.5])
def test_a_run_that_costs_nothing_is_no_run(epsilon):
    with pytest.raises(TooOften):
        check_often([], epsilon, NOW)


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_a_list_is_the_same_or_differs_by_many(before, now):
    try:
        check_change(now, [before])
    except TooOften:
        assert 0 < len(before ^ now) < LEAST_CHANGE
    else:
        assert len(before ^ now) == 0 or len(before ^ now) >= LEAST_CHANGE
