"""Whether one more number, beside those told before, would let somebody work out a group that is too small.

Every cell that was told is one equation: how many rows it holds. Somebody who adds and subtracts such equations
knows exactly the combinations in their span. A new cell is told only when no small group comes into that span: neither
one that was hidden before, nor one that only the difference of questions makes (Denning 1982, chapter 6; Chin and
Özsoyoğlu 1982, "auditing"). The noise of ``noise.py`` stands behind it; this rule holds without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

FEWEST = 10
"""Rows: a smaller group is never told, nor may it be worked out."""
PRIME = (1 << 61) - 1
"""Arithmetic is done modulo a prime of 61 bits: what is dependent over the rationals is dependent there too, so the
rule errs to hiding only."""
MOST_PAIRS = 2000

Rows = frozenset[str]
"""Keys of rows: ``person`` or ``person/2``."""
Vector = dict[int, int]


def would_tell(new: Rows, told: Sequence[Rows], hidden: Iterable[Rows]) -> bool:
    """Whether to hide ``new``: it is too small itself, differs from a told one by too few, or completes an equation for
    a small group. ``hidden`` are groups that were asked for and not told."""
    if people_in(new) < FEWEST:
        return True
    if any(0 < people_in(new ^ other) < FEWEST for other in told):
        return True
    small = [group for group in hidden if is_small(group)]
    atoms, index = _atoms([new, *told, *small])
    basis = _Basis(_vector(one, index) for one in [new, *told])
    few = sorted((number for number, size in enumerate(atoms) if size < FEWEST), key=lambda number: atoms[number])
    pairs = ((a, b) for a, b in combinations(few, 2) if atoms[a] + atoms[b] < FEWEST)
    targets: list[Vector] = [_vector(group, index) for group in small]
    targets += [{number: 1} for number in few]
    targets += [{a: 1, b: 1} for (a, b), _n in zip(pairs, range(MOST_PAIRS), strict=False)]
    return any(basis.spans(target) for target in targets)


def people_in(rows: Iterable[str]) -> int:
    """How many people the rows are about."""
    return len({row.partition("/")[0] for row in rows})


def is_small(rows: Rows) -> bool:
    """About somebody, and too few to tell of."""
    return 0 < people_in(rows) < FEWEST


def _atoms(groups: Sequence[Rows]) -> tuple[list[int], dict[str, int]]:
    """Rows that no group tells apart: how many people each such set is about, and which one each row is in."""
    signature: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for row in group:
            signature[row].append(number)
    numbers: dict[tuple[int, ...], int] = {}
    index = {row: numbers.setdefault(tuple(groups_in), len(numbers)) for row, groups_in in signature.items()}
    inside: list[set[str]] = [set() for _ in numbers]
    for row, number in index.items():
        inside[number].add(row.partition("/")[0])
    return [len(people) for people in inside], index


def _vector(group: Iterable[str], index: dict[str, int]) -> Vector:
    return dict.fromkeys((index[row] for row in group), 1)


class _Basis:
    """Rows in echelon form, by the atom they lead with."""

    def __init__(self, vectors: Iterable[Vector]) -> None:
        self._rows: dict[int, Vector] = {}
        for vector in vectors:
            rest = self._reduced(vector)
            if rest:
                lead = min(rest)
                inverse = pow(rest[lead], -1, PRIME)
                self._rows[lead] = {atom: value * inverse % PRIME for atom, value in rest.items()}

    def spans(self, vector: Vector) -> bool:
        return not self._reduced(vector)

    def _reduced(self, vector: Vector) -> Vector:
        rest, done = dict(vector), -1
        while True:
            lead = min((atom for atom in rest if atom > done and atom in self._rows), default=None)
            if lead is None:
                return rest
            factor = rest[lead]
            for atom, value in self._rows[lead].items():
                changed = (rest.get(atom, 0) - factor * value) % PRIME
                if changed:
                    rest[atom] = changed
                else:
                    rest.pop(atom, None)
            done = lead
