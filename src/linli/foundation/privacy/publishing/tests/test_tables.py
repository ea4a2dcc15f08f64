"""A table of matters: told exactly where many people brought many, and of nobody in particular."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.publishing import gate
from linli.foundation.privacy.publishing.numbers import Matter
from linli.foundation.privacy.publishing.rules import suppression

ROWS, COLUMNS = ["noise", "water", "lift"], ["1", "2"]


def brought(row: str, column: str, people: list, matters: int) -> list[Matter]:
    return [Matter(f"{row}{column}{n}", row, column, people[n % len(people)]) for n in range(matters)]


def many() -> list[Matter]:
    return [
        one for row in ROWS for column in COLUMNS if (row, column) != ("noise", "1")
        for one in brought(row, column, [f"{row}{column}{n}" for n in range(12)], 14)
    ]  # fmt: skip


def test_what_many_people_brought_is_told_exactly():
    told = gate.table(many() + brought("noise", "1", list(range(6)), 6), ROWS, COLUMNS)
    assert told["noise", "1"].value == 6 and told["", ""].value == 76


def test_the_many_reports_of_one_neighbour_are_not_told_and_cannot_be_worked_out():
    matters = many() + brought("noise", "1", ["the neighbour"], 9)
    told = gate.table(matters, ROWS, COLUMNS)
    assert told["noise", "1"].hidden
    cells, sums = suppression.two_way(
        {(row, column): sum((one.row, one.column) == (row, column) for one in matters) for row in ROWS for column in COLUMNS},
        ROWS, COLUMNS,
    )  # fmt: skip
    possible = suppression.ranges(cells, sums, [at for at, one in told.items() if one.hidden], [("noise", "1")])
    assert possible["noise", "1"].low == 1 and possible["noise", "1"].high >= 13


def test_callers_of_whom_nothing_is_known_do_not_stand_for_many():
    assert gate.table(many() + brought("noise", "1", [""], 9), ROWS, COLUMNS)["noise", "1"].hidden


def test_a_matter_that_several_brought_is_one_matter_of_several_people():
    together = [Matter(f"m{n}", "noise", "1", f"p{(n + k) % 7}") for n in range(6) for k in range(3)]
    assert gate.table(many() + together, ROWS, COLUMNS)["noise", "1"].value == 6


cell = st.tuples(st.integers(0, 9), st.integers(1, 9))


@settings(max_examples=25)
@given(st.lists(cell, min_size=6, max_size=6))
def test_no_number_of_fewer_than_five_people_is_ever_told(sizes):
    places = [(row, column) for row in ROWS for column in COLUMNS]
    matters = [
        one for (row, column), (n, people) in zip(places, sizes, strict=True)
        for one in brought(row, column, [f"{row}{column}{k}" for k in range(people)], n)
    ]  # fmt: skip
    told = gate.table(matters, ROWS, COLUMNS)
    for at, one in told.items():
        behind = {m.person for m in matters if at[0] in {m.row, ""} and at[1] in {m.column, ""}}
        assert one.hidden or one.value == 0 or len(behind) >= 5
