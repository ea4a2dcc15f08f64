"""出口: the one gate through which every number about people leaves the staff's pages.

Screens that redraw ask :func:`cell`, :func:`cells` and :func:`rate` (consistent noise by secret record keys). Releases are made by
``releasing.py`` (differential privacy, against a budget). Tables of matters are hidden by :func:`table`. What is no number about
people says so through :func:`listed` or :func:`things`, so that a reader of the code sees that somebody has thought
about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Sized
from typing import TypeVar

from linli.foundation.privacy.publishing.numbers import Matter
from linli.foundation.privacy.publishing.published import Method, Published, PublishedRate, issue, issue_rate
from linli.foundation.privacy.publishing.rules import cell_key, suppression
from linli.foundation.privacy.publishing.rules.margins import rate_margin
from linli.foundation.tenancy import active_community_id
from linli.foundation.vault.noise import noise_secret

Key = TypeVar("Key", bound=Hashable)
FEWEST = suppression.FEWEST
FEWEST_IN_A_RATE = 10
"""``domain.md`` §2.3: a rate of fewer is not shown."""


def cell(unit: str, records: Iterable[object]) -> Published:
    """The number of ``records`` (identifiers of rows of one kind, ``unit``) with consistent noise.

    The same records give the same number wherever and however often they are counted. Raises
    :class:`KeysUnavailable`: without its secret the gate stays shut.
    """
    count, key = cell_key.cell_key(records, _secret(unit))
    value = cell_key.shown(count, key)
    return issue(value, cell_key.margin(value), Method.CELL_KEY)


def cells(unit: str, sets: Mapping[Key, Iterable[object]]) -> dict[Key, Published]:
    """:func:`cell` of every set that one screen shows side by side.

    Two cells that differ by fewer than five records would tell by their difference whether those few belong: of such
    two the smaller one is hidden.
    """
    found: dict[Key, Published] = {}
    told: list[frozenset[object]] = []
    members = {key: frozenset(records) for key, records in sets.items()}
    for key, records in sorted(members.items(), key=lambda item: -len(item[1])):
        if len(records) >= FEWEST and any(0 < len(records ^ other) < FEWEST for other in told):
            found[key] = issue(None, 0, Method.CELL_KEY)
        else:
            found[key] = cell(unit, records)
            told.append(records)
    return {key: found[key] for key in sets}


def rate(unit: str, part: Iterable[object], base: Iterable[object]) -> PublishedRate:
    """A share whose part and base carry consistent noise each; nothing while the base shows fewer than ten."""
    n, some = cell(unit, base), cell(unit, part)
    whole = n.value or 0
    share = min(some.value or 0, whole)
    some = issue(share, some.error, Method.CELL_KEY)
    if whole < FEWEST_IN_A_RATE:
        return issue_rate(some, n, None, 0)
    rest_error = cell_key.margin(whole - share)
    return issue_rate(some, n, round(1000 * share / whole), rate_margin(share, whole, some.error, rest_error))


def table(matters: Iterable[Matter], rows: Sequence[str], columns: Sequence[str]) -> dict[tuple[str, str], Published]:
    """Every cell of a table and its totals (under ``""``), exact, or hidden where few or where few could be worked out.

    Few are fewer than five matters, and any number that fewer than five people brought: six reports of one neighbour in
    a cell of their own would be that neighbour's. Raises :class:`~linli.foundation.privacy.publishing.rules.suppression.NotProtected`.
    """
    inside: dict[tuple[str, str], set[object]] = defaultdict(set)
    people: dict[tuple[str, str], set[object]] = defaultdict(set)
    for one in matters:
        if one.row in rows and one.column in columns:
            inside[one.row, one.column].add(one.key)
            for at in ((one.row, one.column), (one.row, ""), ("", one.column), ("", "")):
                people[at].add(one.person)
    cells, sums = suppression.two_way({at: len(keys) for at, keys in inside.items()}, rows, columns)
    hidden = suppression.hidden_cells(cells, sums, {at for at, them in people.items() if len(them) < FEWEST})
    return {at: issue(None if at in hidden else value, 0, Method.SUPPRESSION) for at, value in cells.items()}


def listed(shown: Sized) -> Published:
    """How many entries a list has that the same page shows one by one: the count tells nothing more."""
    return issue(len(shown), 0, Method.LISTED)


def things(count: int) -> Published:
    """A number of lamps, lifts or buildings: whoever walks through the neighbourhood can count them."""
    return issue(count, 0, Method.THINGS)


def _secret(unit: str) -> bytes:
    return noise_secret(f"{active_community_id()}\0{unit}")
