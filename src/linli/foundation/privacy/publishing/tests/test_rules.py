"""The pure rules under any input: budgets, margins, consistent noise, suppression."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.publishing import noise
from linli.foundation.privacy.publishing.numbers import Question, tally
from linli.foundation.privacy.publishing.rules import cell_key
from linli.foundation.privacy.publishing.rules.budget import MOST, NotABudget, spelled, thousandths
from linli.foundation.privacy.publishing.rules.margins import laplace_margin, rate_margin
from linli.foundation.privacy.publishing.rules.suppression import FEWEST, WIDTH, hidden_cells, ranges, two_way
from linli.foundation.privacy.purposes import Words


@given(st.integers(1, MOST))
def test_every_budget_is_read_back_as_it_was_written(amount):
    assert thousandths(spelled(amount)) == amount == thousandths(Decimal(spelled(amount)))
    assert thousandths(Fraction(amount, 1000)) == amount


@given(
    st.one_of(st.text(max_size=16), st.integers(), st.floats(), st.decimals(), st.fractions(), st.booleans(), st.none())
)
def test_nothing_but_a_positive_finite_budget_is_a_budget(said):
    try:
        amount = thousandths(said)
    except NotABudget:
        return
    assert type(amount) is int and 1 <= amount <= MOST
    assert not isinstance(said, bool | float)
    assert Fraction(str(said).strip()) * 1000 == amount


@pytest.mark.parametrize(("scale", "cells", "margin"), [(1.0, 1, 3), (2.0, 1, 6), (2.0, 3, 10), (4.0, 1, 12)])
def test_the_margins_are_those_that_the_page_promises(scale, cells, margin):
    """± 3 at ε = 1 and ± 6 at ε = 0.5, for a count that one person moves by one."""
    assert laplace_margin(scale, cells) == margin


@pytest.mark.parametrize(
    ("cap", "epsilon", "cells"), [(1, 500, 1), (1, 1000, 1), (2, 1000, 2), (2, 250, 4), (1, 125, 3)]
)
def test_drawn_noise_keeps_within_its_margin_as_often_as_it_says(cap, epsilon, cells):
    times = 4000
    drawn = noise.noisy([1000] * cells * times, cap=cap, epsilon=epsilon)
    sums = [sum(drawn[n * cells : (n + 1) * cells]) - 1000 * cells for n in range(times)]
    margin = noise.margin_for(cap, epsilon, cells)
    within = sum(abs(one) <= margin for one in sums) / times
    assert within > 0.93
    assert sum(abs(one) <= margin - 1 for one in sums) / times < 0.97
    assert abs(sum(sums) / times) < 0.2 * margin


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 60), st.integers(0, 60), st.data())
def test_a_rate_lies_within_its_margin_when_both_counts_lie_within_theirs(part, rest, e_part, e_rest, data):
    if part + rest <= e_part + e_rest:
        assert rate_margin(part, part + rest, e_part, e_rest) == 1000
        return
    true_part = max(0, part + data.draw(st.integers(-e_part, e_part)))
    true_rest = max(0, rest + data.draw(st.integers(-e_rest, e_rest)))
    if true_part + true_rest:
        off = abs(part / (part + rest) - true_part / (true_part + true_rest))
        assert 1000 * off <= rate_margin(part, part + rest, e_part, e_rest) + 1e-9


@given(st.integers(0, 3000), st.integers(0, 2**32 - 1))
def test_shown_counts_are_near_never_one_to_four_and_nothing_stays_nothing(count, key):
    value = cell_key.shown(count, key)
    assert value == 0 or value > cell_key.HIDDEN
    assert abs(value - count) <= cell_key.FARTHEST
    assert count or value == 0


@pytest.mark.parametrize("count", range(1, 40))
def test_shown_counts_are_right_on_average_and_within_their_margin(count):
    moves, shares = cell_key.distribution(min(count, 10))
    assert sum(shares) == pytest.approx(1)
    assert sum(move * share for move, share in zip(moves, shares, strict=True)) == pytest.approx(0, abs=1e-9)
    rng = Random(count)
    seen = [cell_key.shown(count, rng.getrandbits(32)) for _ in range(2000)]
    assert sum(abs(value - count) <= cell_key.margin(value) for value in seen) / 2000 > 0.93


@given(st.sets(st.integers(), max_size=40), st.randoms())
def test_the_order_of_the_records_does_not_matter(records, rng):
    shuffled = list(records)
    rng.shuffle(shuffled)
    assert cell_key.cell_key(shuffled, b"k" * 32) == cell_key.cell_key(sorted(records), b"k" * 32)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from("ab")), max_size=60),
    st.integers(1, 4),
    st.lists(st.sampled_from("ab"), max_size=12),
)
def test_one_person_moves_the_counts_by_no_more_than_the_cap(answers, cap, brought):
    """The bound that the noise is built on: add somebody with any number of entries, anywhere among the others."""
    question = Question("q", ("a", "b"), cap, 500, Words("人", "person"), lambda period: ())
    without = tally(question, answers)
    with_target = tally(question, [*answers[::2], *[("target", cell) for cell in brought], *answers[1::2]])
    again = tally(question, [*answers[::2], *answers[1::2]])
    assert sum(abs(with_target[cell] - again[cell]) for cell in "ab") <= cap
    assert sum(without.values()) == sum(again.values())


@settings(max_examples=40)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1), st.sampled_from([2, 5, 9, 20]))
def test_every_small_cell_is_hidden_and_stays_uncertain(rows, columns, seed, mean):
    rng = Random(seed)
    names = [f"r{n}" for n in range(rows)], [f"c{n}" for n in range(columns)]
    counts = {(r, c): int(rng.expovariate(1 / mean)) for r in names[0] for c in names[1]}
    cells, sums = two_way(counts, *names)
    hidden = hidden_cells(cells, sums)
    small = {at for at, value in cells.items() if 0 < value < FEWEST}
    assert small <= hidden
    assert not any(cells[at] == 0 for at in hidden), "a zero is no secret"
    assert bool(hidden) == bool(small), "nothing is hidden without need"
    for at, span in ranges(cells, sums, hidden, small).items():
        assert span.low <= cells[at] <= span.high
        assert span.high >= cells[at] + WIDTH


def test_a_table_that_does_not_add_up_is_refused():
    cells, sums = two_way({("a", "x"): 9, ("b", "x"): 8}, ["a", "b"], ["x"])
    cells["", ""] = 18
    with pytest.raises(ValueError, match="not the sum"):
        hidden_cells(cells, sums)
