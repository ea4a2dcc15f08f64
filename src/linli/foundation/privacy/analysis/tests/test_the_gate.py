"""What an analyst sees never speaks of a few people, however cleverly the questions are put."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.privacy.analysis.rules.answering import Answer, History, answer
from linli.foundation.privacy.analysis.rules.audit import FEWEST, would_tell
from linli.foundation.privacy.analysis.rules.noise import margin, noise
from linli.foundation.privacy.analysis.rules.shapes import BadQuestion, Measure, Question, Row, Shape

SECRET = b"s" * 32
SHAPE = Shape(
    view="residents",
    title="居民",
    columns={
        "sex": {"f": "女", "m": "男"},
        "born": {"1930s": "三十年代", "1940s": "四十年代", "1950s": "五十年代"},
        "alone": {"yes": "独居", "no": "不独居"},
    },
    titles={"sex": "性别", "born": "出生", "alone": "独居"},
    measures={"size": Measure("一起住的人", "人", 1, 8)},
)


def rows_of(people: int, seed: int) -> list[Row]:
    dice = random.Random(seed)
    return [
        Row(
            f"p{n}",
            {
                "sex": dice.choice("fm"),
                "born": dice.choices(["1930s", "1940s", "1950s"], [1, 5, 10])[0],
                "alone": dice.choices(["yes", "no"], [1, 4])[0],
            },
            {"size": dice.randint(1, 5)},
        )
        for n in range(people)
    ]


def questions() -> st.SearchStrategy[Question]:
    columns = st.sampled_from(sorted(SHAPE.columns))
    keep = st.dictionaries(columns, st.integers(1, 7), max_size=2).map(
        lambda chosen: {
            column: tuple(v for n, v in enumerate(SHAPE.columns[column]) if mask >> n & 1)
            or tuple(SHAPE.columns[column])[:1]
            for column, mask in chosen.items()
        }
    )
    groups = st.lists(columns, max_size=2, unique=True).map(tuple)
    return st.builds(Question, st.just("residents"), groups, keep, st.sampled_from(["", "size"]))


@settings(max_examples=80)
@given(st.integers(0, 120), st.integers(0, 9), st.lists(questions(), min_size=1, max_size=6))
def test_no_cell_that_is_told_speaks_of_fewer_than_ten(people, seed, asked):
    rows, history = rows_of(people, seed), History()
    for question in asked:
        found, history = answer(question, SHAPE, rows, history, SECRET)
        for cell in found.cells:
            inside = {
                row.key
                for row in rows
                if all(row.values[c] in v for c, v in question.keep.items())
                and tuple(row.values[c] for c in question.group_by) == cell.values
            }
            if not cell.hidden:
                assert len(inside) >= FEWEST
                assert cell.count >= FEWEST


@settings(max_examples=60)
@given(st.integers(20, 120), st.integers(0, 9), st.lists(questions(), min_size=2, max_size=6))
def test_no_two_cells_that_were_told_differ_by_fewer_than_ten(people, seed, asked):
    rows, history = rows_of(people, seed), History()
    for question in asked:
        _found, history = answer(question, SHAPE, rows, history, SECRET)
    told = set(history.told)
    assert all(not 0 < len(one ^ other) < FEWEST for one in told for other in told)


@settings(max_examples=40)
@given(st.integers(20, 90), st.integers(0, 9), st.lists(questions(), min_size=2, max_size=5))
def test_what_was_hidden_cannot_be_worked_out_from_what_was_told(people, seed, asked):
    """An attacker with exact arithmetic over the rationals, written apart from the rule, solves for every hidden group."""
    rows, history = rows_of(people, seed), History()
    hidden: list[frozenset[str]] = []
    for question in asked:
        found, history = answer(question, SHAPE, rows, history, SECRET)
        hidden += [one for one in history.hidden if 0 < len(one) < FEWEST]
        assert len(found.cells) == len(question.cells(SHAPE))
    names = [row.key for row in rows]
    told = [[Fraction(person in group) for person in names] for group in history.told]
    for group in set(hidden):
        assert rank([*told, [Fraction(person in group) for person in names]]) == rank(told) + 1


def rank(matrix: list[list[Fraction]]) -> int:
    matrix, found = [row[:] for row in matrix], 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((n for n in range(found, len(matrix)) if matrix[n][column]), None)
        if pivot is None:
            continue
        matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
        for n in range(found + 1, len(matrix)):
            if matrix[n][column]:
                factor = matrix[n][column] / matrix[found][column]
                matrix[n] = [a - factor * b for a, b in zip(matrix[n], matrix[found], strict=True)]
        found += 1
    return found


def test_a_difference_of_two_questions_that_singles_somebody_out_is_blocked():
    rows = [Row(f"p{n}", {"sex": "f", "born": "1950s", "alone": "no"}, {}) for n in range(60)]
    rows.append(Row("the one", {"sex": "f", "born": "1930s", "alone": "yes"}, {}))
    everybody, history = answer(Question("residents"), SHAPE, rows, History(), SECRET)
    assert not everybody.cells[0].hidden
    but_one, _ = answer(Question("residents", keep={"born": ("1950s",)}), SHAPE, rows, history, SECRET)
    assert but_one.cells[0].hidden


def test_a_difference_of_three_questions_is_blocked_too():
    """All, less those of one sex, less those of the other: five people of neither column would be left."""
    a = frozenset(f"a{n}" for n in range(30))
    b = frozenset(f"b{n}" for n in range(30))
    few = frozenset(f"c{n}" for n in range(5))
    assert not would_tell(a, [], [])
    assert not would_tell(b, [a], [])
    assert would_tell(a | b | few, [a, b], [])
    assert not would_tell(a | b | few, [a], [])


@given(st.integers(1, 9))
def test_a_small_group_asked_for_before_is_never_the_rest_of_a_later_answer(size):
    few = frozenset(f"c{n}" for n in range(size))
    others = [frozenset(f"{letter}{n}" for n in range(20)) for letter in "xyz"]
    everybody = few.union(*others)
    assert would_tell(everybody, others, [few])
    assert not would_tell(everybody, others[:2], [few])


def test_many_rows_of_few_people_are_still_few_people():
    rows = [Row(f"p{n % 9}/{n}", {"sex": "f", "born": "1950s", "alone": "no"}, {}) for n in range(60)]
    found, _ = answer(Question("residents"), SHAPE, rows, History(), SECRET)
    assert found.cells[0].hidden


def test_the_same_people_carry_the_same_noise_however_they_are_asked_for():
    rows = [Row(f"p{n}", {"sex": "f", "born": "1950s", "alone": "no"}, {}) for n in range(60)]
    seen = set()
    for question in (
        Question("residents"), Question("residents", ("sex",)), Question("residents", keep={"alone": ("no",)}),
        Question("residents", ("born", "sex"), {"sex": ("f",)}),
    ):  # fmt: skip
        found, _ = answer(question, SHAPE, rows, History(), SECRET)
        seen |= {cell.count for cell in found.cells if not cell.hidden}
    assert len(seen) == 1


def test_the_same_rows_give_the_same_answer_to_the_last_digit():
    rows = rows_of(300, 1)
    question = Question("residents", ("born", "sex"), measure="size")
    one, _ = answer(question, SHAPE, rows, History(), SECRET)
    again, _ = answer(question, SHAPE, list(reversed(rows)), History(), SECRET)
    other, _ = answer(question, SHAPE, rows, History(), b"t" * 32)
    assert one == again == Answer.from_json(one.as_json())
    assert one != other


def test_means_are_near_the_truth_and_inside_their_bounds():
    rows = rows_of(3000, 2)
    found, _ = answer(Question("residents", ("sex",), measure="size"), SHAPE, rows, History(), SECRET)
    for cell in found.cells:
        truth = [row.measures["size"] for row in rows if row.values["sex"] == cell.values[0]]
        assert abs(cell.mean - sum(truth) / len(truth)) < 0.3
        assert abs(cell.count - len(truth)) <= 4 * found.give_or_take


def test_noise_follows_the_discrete_laplace_law():
    drawn = Counter(noise(SECRET, "x", [str(n)], epsilon=0.5) for n in range(6000))
    alpha = 2.718281828**-0.5
    for k in range(-4, 5):
        expected = (1 - alpha) / (1 + alpha) * alpha ** abs(k)
        assert abs(drawn[k] / 6000 - expected) < 0.02
    within = sum(n for k, n in drawn.items() if abs(k) <= margin(0.5)) / 6000
    assert 0.94 <= within <= 0.985


@pytest.mark.parametrize("epsilon", [0, -1, float("nan"), float("inf")])
def test_senseless_budgets_are_refused(epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        noise(SECRET, "x", ["a"], epsilon=epsilon)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Question("cases"), "view"),
        (Question("residents", ("name",)), "column"),
        (Question("residents", keep={"phone": ("1",)}), "column"),
        (Question("residents", keep={"sex": ("f'; drop table",)}), "value"),
        (Question("residents", keep={"sex": ()}), "value"),
        (Question("residents", measure="age"), "measure"),
        (Question("residents", ("sex", "born", "alone")), "groups"),
        (Question("residents", ("sex", "sex")), "groups"),
    ],
)
def test_what_is_not_declared_cannot_be_asked(question, code):
    with pytest.raises(BadQuestion) as refused:
        question.check(SHAPE)
    assert refused.value.code == code


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda c: (
            st.lists(c, max_size=3)
            | st.dictionaries(st.sampled_from(["view", "group_by", "keep", "measure", "x"]), c, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_anything_else_that_is_sent_is_refused_in_one_way(facts):
    with suppress(BadQuestion):
        Question.from_json(facts).check(SHAPE)
