"""Erasing one person: each app says what of theirs it keeps, why something must stay, and how the rest goes.

``erases("requests.requests", erase, tables=("requests.Request",))`` and ``keeps("casework.open", what_stays)`` in the
app's ``retention.py``. Rows that the database deletes with the resident's or the account's own row (``CASCADE``) need
nobody to name them; a test walks every table that leads to a person and fails for one that nobody reaches.

What lies outside the database is named in :attr:`Going.work` while the transaction runs, by numbers and digests
only, and done afterwards by the store registered under that name: a crash in between forgets nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import Model

    from linli.foundation.accounts.actor import Actor
    from linli.foundation.accounts.models import Account
    from linli.foundation.privacy.retention.models import Erasure
    from linli.foundation.registry.models import Resident


@dataclass(frozen=True)
class Kept:
    """Why something about a person must stay for now: in words for whoever answers them; ``until`` where it is known."""

    code: str
    words: str | Promise
    until: date | None = None


@dataclass(kw_only=True)
class Going:
    """What an erasure has taken so far, and what it leaves to the stores outside the database."""

    about: str
    actor: Actor
    places: Counter[str] = field(default_factory=Counter)
    subjects: set[str] = field(default_factory=set)
    work: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def went(self, place: str, count: int) -> None:
        """Note that ``count`` rows went from ``place``: a table, with ``#deidentify`` where they stay without a person."""
        if count:
            self.places[place] += count

    def later(self, store: str, items: Iterable[Any]) -> None:
        """Leave JSON values to a store, for after the commit."""
        self.work[store] += items


@dataclass(kw_only=True)
class Leaving(Going):
    """Somebody who is being erased, and what is known of them while it lasts; never stored.

    ``account_id`` is 0 without one. ``phones`` and ``identity_number`` are in the clear, to find them in what somebody
    wrote; ``name`` is empty where another resident bears it too. ``alone``: nobody else lives in their home.
    ``requests``, ``photos`` and ``titles`` (first words of what they said) are gathered by one app for the next.
    """

    resident: Resident
    account: Account | None
    resident_id: int
    account_id: int
    community_id: int
    name: str
    phones: frozenset[str]
    identity_number: str
    alone: bool
    requests: set[int] = field(default_factory=set)
    photos: set[int] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)


def take_row(leaving: Leaving, row: Model) -> None:
    """Delete a row with everything that hangs on it, noting how many of each table and of which events they were."""
    from django.db.models.deletion import Collector

    collector = Collector(using="default", origin=row)
    collector.collect([row])
    for model, rows in collector.data.items():
        _note_gone(leaving, model, [one.pk for one in rows])
    for some in collector.fast_deletes:
        _note_gone(leaving, some.model, list(some.values_list("pk", flat=True)))
    collector.delete()


def _note_gone(leaving: Leaving, model: type[Model], pks: list[Any]) -> None:
    leaving.went(model._meta.label, len(pks))
    leaving.subjects |= {f"{model._meta.model_name}:{pk}" for pk in pks}


Erase = Callable[[Leaving], None]
Keep = Callable[["Resident", str], Iterable[Kept]]
Store = Callable[[Sequence[Any], "Erasure"], int | None]

_erasers: dict[str, tuple[int, Erase]] = {}
_keepers: dict[str, Keep] = {}
_stores: dict[str, tuple[int, Store, bool]] = {}
_named: dict[str, str] = {}


def erases(name: str, erase: Erase, *, tables: Iterable[str] = (), order: int = 50) -> None:
    """Register who erases or de-identifies what ``name`` (``app.what``) holds of a person; ``order`` smallest first.

    The resident's row goes last (100): until then every reference still leads to them. Raises :class:`RuntimeError` for
    a name given twice.
    """
    if name in _erasers:
        raise RuntimeError(f"{name} is erased already")
    _erasers[name] = (order, erase)
    for table in tables:
        _named[table.lower()] = name


def spares(tables: Iterable[str], reason: str) -> None:
    """State why these tables keep nothing of a person who is erased, although their rows lead to people."""
    if not reason:
        raise ValueError("say why nothing is left in it")
    for table in tables:
        _named.setdefault(table.lower(), reason)


def keeps(name: str, why: Keep) -> None:
    """Register what may stand in the way of an erasure: ``why(resident, about)`` gives each reason."""
    if name in _keepers:
        raise RuntimeError(f"{name} has said what it keeps")
    _keepers[name] = why


def stores(name: str, forget: Store, *, order: int = 50, last: bool = False) -> None:
    """Register how a store outside the database forgets what :meth:`Going.later` left to it.

    ``forget(items, erasure)`` returns how many things went, or ``None`` when it must be asked again later; it may be
    asked again after a crash. ``last``: not before every other store is done.
    """
    if name in _stores:
        raise RuntimeError(f"the store {name} is there already")
    _stores[name] = (order, forget, last)


def what_stays(resident: Resident, about: str) -> list[Kept]:
    """Every reason for which the resident cannot be erased now; ``about`` is the request that asks for it."""
    return [kept for why in _keepers.values() for kept in why(resident, about)]


def erasers() -> list[tuple[str, Erase]]:
    return [(name, erase) for name, (_, erase) in sorted(_erasers.items(), key=lambda one: (one[1][0], one[0]))]


def all_stores() -> list[tuple[str, Store, bool]]:
    """Name, how it forgets, and whether it comes last, in their order."""
    ordered = sorted(_stores.items(), key=lambda one: (one[1][2], one[1][0], one[0]))
    return [(name, forget, last) for name, (_, forget, last) in ordered]


def named_tables() -> Mapping[str, str]:
    """``app.model`` in lower case with the eraser or the reason that names it."""
    return dict(_named)
