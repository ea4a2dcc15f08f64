"""Attacks on tables whose small cells are hidden: subtraction, elimination, bounds, enumeration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from random import Random

import pytest

from linli.foundation.privacy.publishing.rules.suppression import FEWEST, WIDTH, hidden_cells, two_way
from linli.foundation.privacy.publishing.tests.red_team.attack import Attack, held

FAR = 10**6
View = Mapping[tuple[str, str], int | None]
Knowledge = dict[tuple[str, str], tuple[int, int]]
"""For each hidden cell the smallest and largest value that the attacker still thinks possible."""


@cache
def table(rows: int, columns: int, mean: int, seed: int) -> tuple[dict, list]:
    rng = Random(seed)
    names = [f"r{n}" for n in range(rows)], [f"c{n}" for n in range(columns)]
    counts = {(r, c): int(rng.expovariate(1 / mean)) for r in names[0] for c in names[1]}
    return two_way(counts, *names)


def published(cells: dict, sums: list, gated: bool) -> View:
    """Hidden with the gate's complements, or only the small ones: what a careless office would do."""
    small = {at for at, value in cells.items() if 0 < value < FEWEST}
    hidden = hidden_cells(cells, sums) if gated else small
    return {at: None if at in hidden else value for at, value in cells.items()}


def lines(view: View, sums: list) -> Iterator[tuple[list, int]]:
    """(hidden cells with their signs, what they add up to) of each sum."""
    for total, parts in sums:
        unknown, known = [], 0
        for at, sign in [(total, -1), *((part, 1) for part in parts)]:
            value = view[at]
            if value is None:
                unknown.append((at, sign))
            else:
                known += sign * value
        if unknown:
            yield unknown, -known


def subtract(view: View, sums: list, *, of: Callable[[tuple], bool]) -> Knowledge:
    """A line with one hidden cell gives it away; do it once."""
    found = {at: (1, FAR) for at, value in view.items() if value is None}
    for unknown, rest in lines(view, [one for one in sums if of(one[0])]):
        if len(unknown) == 1:
            at, sign = unknown[0]
            found[at] = (rest * sign, rest * sign)
    return found


def subtract_again_and_again(view: View, sums: list) -> Knowledge:
    known = dict(view)
    found = {at: (1, FAR) for at, value in view.items() if value is None}
    while True:
        news = [(at, rest * sign) for unknown, rest in lines(known, sums) if len(unknown) == 1 for at, sign in unknown]
        if not news:
            return found
        for at, value in news:
            known[at], found[at] = value, (value, value)


def eliminate(view: View, sums: list) -> Knowledge:
    """Gauss–Jordan over exact fractions: every hidden cell that the equations determine."""
    unknown = [at for at, value in view.items() if value is None]
    column = {at: n for n, at in enumerate(unknown)}
    matrix = []
    for terms, rest in lines(view, sums):
        row = [Fraction(0)] * (len(unknown) + 1)
        for at, sign in terms:
            row[column[at]] += sign
        row[-1] = Fraction(rest)
        matrix.append(row)
    done = 0
    for n in range(len(unknown)):
        pivot = next((r for r in range(done, len(matrix)) if matrix[r][n]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        matrix[done] = [value / matrix[done][n] for value in matrix[done]]
        for r, row in enumerate(matrix):
            if r != done and row[n]:
                matrix[r] = [a - row[n] * b for a, b in zip(row, matrix[done], strict=True)]
        done += 1
    found = dict.fromkeys(unknown, (1, FAR))
    for row in matrix:
        ones = [n for n, value in enumerate(row[:-1]) if value]
        if len(ones) == 1:
            found[unknown[ones[0]]] = (int(row[-1]), int(row[-1]))
    return found


def squeeze(view: View, sums: list) -> Knowledge:
    """Interval arithmetic to a fixed point: hidden cells are at least one."""
    found = {at: (1, FAR) for at, value in view.items() if value is None}
    for _ in range(60):
        before = dict(found)
        for unknown, rest in lines(view, sums):
            for at, sign in unknown:
                others = [
                    (s * found[o][0 if s > 0 else 1], s * found[o][1 if s > 0 else 0]) for o, s in unknown if o != at
                ]
                low, high = rest - sum(b for _, b in others), rest - sum(a for a, _ in others)
                low, high = (low, high) if sign > 0 else (-high, -low)
                found[at] = max(found[at][0], low), min(found[at][1], high)
        if found == before:
            return found
    return found


def enumerate_all(view: View, sums: list) -> Knowledge:
    """Every whole-numbered table that agrees with what is published, one after the other; gives up on too many."""
    bounds = squeeze(view, sums)
    inside = [at for at in bounds if "" not in at]
    values: dict[tuple[str, str], set[int]] = {at: set() for at in bounds}
    equations = [(dict(terms), rest) for terms, rest in lines(view, sums)]
    left = [20_000]

    def fill(n: int, given: dict[tuple[str, str], int]) -> bool:
        left[0] -= 1
        if left[0] < 0:
            return False
        if n == len(inside):
            whole = {at: given.get(at, value) for at, value in view.items()}
            for total, parts in sums:
                if whole[total] is None:
                    whole[total] = sum(whole[part] or 0 for part in parts)
            if all(whole[total] == sum(whole[part] or 0 for part in parts) for total, parts in sums):
                for at, seen in values.items():
                    seen.add(whole[at] or 0)
            return True
        at = inside[n]
        low, high = bounds[at]
        for terms, rest in equations:
            if at in terms and all("" not in other for other in terms):
                known = sum(given.get(other, 0) for other in terms)
                open_ = [other for other in terms if other not in given and other != at]
                high = min(high, rest - known - sum(bounds[other][0] for other in open_))
                low = max(low, rest - known - sum(bounds[other][1] for other in open_))
        return all(fill(n + 1, given | {at: value}) for value in range(low, min(high, low + 2000) + 1))

    if not fill(0, {}):
        return bounds
    return {at: (min(seen), max(seen)) if seen else bounds[at] for at, seen in values.items()}


def pinned(knows: Callable[[View, list], Knowledge], shape: tuple[int, int, int, int], gated: bool) -> float:
    """Share of the small cells that the attacker has within less than the promised width."""
    cells, sums = table(*shape)
    small = [at for at, value in cells.items() if 0 < value < FEWEST]
    found = knows(published(cells, sums, gated), sums)
    return sum(found[at][1] - found[at][0] < WIDTH for at in small) / len(small)


WAYS: dict[str, Callable[[View, list], Knowledge]] = {
    "subtract rows": lambda view, sums: subtract(view, sums, of=lambda total: total[1] == ""),
    "subtract columns": lambda view, sums: subtract(view, sums, of=lambda total: total[0] == ""),
    "subtract again and again": subtract_again_and_again,
    "eliminate": eliminate,
    "squeeze": squeeze,
    "enumerate": enumerate_all,
}
SHAPES = {
    "subtract rows": [(3, 3, 9), (4, 4, 9), (5, 4, 12), (6, 5, 12), (2, 6, 10), (8, 3, 12), (1, 5, 9), (4, 11, 14)],
    "subtract columns": [(3, 3, 9), (4, 4, 9), (4, 5, 12), (5, 6, 12), (6, 2, 10), (3, 8, 12), (5, 1, 9), (11, 4, 14)],
    "subtract again and again": [(3, 3, 7), (4, 4, 8), (5, 5, 9), (6, 6, 10), (3, 7, 8), (7, 3, 8), (2, 2, 7), (9, 5, 12)],
    "eliminate": [(3, 3, 6), (4, 4, 7), (5, 5, 9), (6, 6, 10), (3, 9, 8), (9, 3, 8), (2, 8, 7), (8, 2, 7)],
    "squeeze": [(3, 3, 5), (4, 4, 6), (5, 5, 8), (6, 4, 8), (2, 2, 6), (2, 7, 6), (7, 2, 6), (10, 4, 12)],
    "enumerate": [(2, 2, 5), (2, 3, 5), (3, 2, 5), (3, 3, 7), (2, 4, 7), (4, 2, 7), (3, 3, 9), (2, 2, 8)],
}  # fmt: skip


def broken_by(way: str, shape: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The first table of this shape that the attack breaks when only small cells are hidden."""
    for seed in range(400):
        full = (*shape, seed)
        cells, _sums = table(*full)
        if any(0 < value < FEWEST for value in cells.values()) and pinned(WAYS[way], full, False) > 0:
            return full
    raise AssertionError(f"{way} breaks no table of {shape}")


ATTACKS = [
    Attack(
        f"{way} of {rows} × {columns}, number {n}",
        lambda gated, way=way, shape=(rows, columns, mean): pinned(WAYS[way], broken_by(way, shape), gated),
    )
    for way, shapes in SHAPES.items()
    for n, (rows, columns, mean) in enumerate(shapes)
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_attack_pins_no_small_cell_down(attack):
    held(attack)
