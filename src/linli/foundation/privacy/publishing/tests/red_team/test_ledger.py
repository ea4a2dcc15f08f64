"""Attacks on the budget: amounts that are none, paying twice, running back, racing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from linli.foundation import clock
from linli.foundation.errors import Refusal
from linli.foundation.privacy.publishing import ledger
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, Budget, CannotBeChanged, LedgerEntry
from linli.foundation.privacy.publishing.rules.budget import MOST, NotABudget, thousandths, whole
from linli.foundation.privacy.publishing.tests.red_team.attack import Attack, held
from linli.testing import MONDAY_MORNING

GRANTED = 5000
REFUSED = (Refusal, IntegrityError, CannotBeChanged, NotABudget)


class Careless:
    """A ledger as it is often written: a float that is compared and decreased."""

    def __init__(self) -> None:
        self.left = float(GRANTED)
        self.got = 0.0

    def pay(self, amount: Any, about: str = "") -> None:
        number = _as_float(amount)
        if number > self.left:
            raise NotABudget("not enough")
        self.left -= number
        self.got += max(number, 0.0)


def _as_float(said: Any) -> float:
    if isinstance(said, bytes):
        said = said.decode()
    if isinstance(said, str):
        said = said.replace(",", "").replace("_", "").strip()
        if "/" in said:
            return float(Fraction(said))
    try:
        return float(said)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def fooled(careless: Careless, amount: Any) -> float:
    """Whether it accepted what is no amount: it paid nothing for something, grew, or lost count."""
    before = careless.left
    try:
        careless.pay(amount)
    except NotABudget:
        return 0.0
    spent = before - careless.left
    return float(
        not 0 < spent <= before or spent != int(spent) or not isinstance(amount, int) or isinstance(amount, bool)
    )


NO_AMOUNTS: list[tuple[str, Any]] = [
    ("minus one", -1), ("nothing", 0), ("minus all", -GRANTED), ("NaN", float("nan")), ("minus without end", float("-inf")),
    ("half a thousandth", 0.5), ("a tenth in floating point", 0.1), ("the smallest float", 5e-324), ("one as a float", 1.0),
    ("minus nothing", -0.0), ("true", True), ("false", False), ("none", None), ("text", "1000"), ("empty text", ""),
    ("NaN as text", "nan"), ("minus as text", "-1000"), ("minus without end as text", "-inf"), ("underscores", "1_0"),
    ("bytes", b"10"), ("a list", []), ("a dict", {}), ("Decimal NaN", Decimal("NaN")), ("Decimal below zero", Decimal("-3")),
    ("Decimal of a sixth thousandth", Decimal("0.1666")), ("Decimal minus infinity", Decimal("-Infinity")),
    ("a third", Fraction(1, 3)), ("minus a third", Fraction(-1, 3)), ("a third as text", "1/3"), ("full-width digits", "１０"),
    ("Arabic digits", "١٠"), ("minus 2⁶³", -(2**63)), ("a float just below one", 0.9999999999999999),
]  # fmt: skip
NO_GRANTS: list[tuple[str, Any]] = [
    *((name, value) for name, value in NO_AMOUNTS if name not in {"text", "one as a float", "underscores"}),
    ("an exponent", "1e1"), ("a hexadecimal", "0x10"), ("more than the most", "20.001"), ("a thousand", 1000),
    ("finer than a thousandth", "0.0001"), ("a sign too many", "+-5"), ("a dot too many", "1.2.3"), ("infinity as text", "Infinity"),
    ("without end", float("inf")), ("2⁶³", 2**63), ("a very long number", "5" + "0" * 40), ("a superscript", "²"),
    ("underscores", "1_0"), ("a null", "5\x00"), ("ten to the four hundredth", "1e400"),
]  # fmt: skip


def amounts() -> list[Attack]:
    """Paying with what is no amount, so that something is got for nothing or the budget grows."""

    def pay(gated: bool, amount: Any) -> float:
        if not gated:
            return fooled(Careless(), amount)
        try:
            whole(amount)
        except NotABudget:
            return 0.0
        return 1.0

    return [Attack(f"paying {name}", lambda gated, amount=amount: pay(gated, amount)) for name, amount in NO_AMOUNTS]


def grants() -> list[Attack]:
    """Granting what is no budget. Without the check a form takes whatever a number can be read from."""

    def grant(gated: bool, said: Any) -> float:
        if not gated:
            found = _as_float(said)
            return float(not 0.001 <= found <= MOST / 1000 or not isinstance(said, str | int))
        try:
            thousandths(said)
        except NotABudget:
            return 0.0
        return 1.0

    return [Attack(f"granting {name}", lambda gated, said=said: grant(gated, said)) for name, said in REAL_GRANTS]


def _is_real(said: Any) -> bool:
    try:
        found = _as_float(said)
    except (ValueError, OverflowError):
        return False
    return not 0.001 <= found <= MOST / 1000 or not isinstance(said, str | int)


REAL_GRANTS = [(name, said) for name, said in NO_GRANTS if _is_real(said)]
ATTACKS = [*amounts(), *grants()]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_attack_takes_nothing_beyond_the_budget(attack):
    held(attack)


Sequence = Callable[[Callable[[int, str], None]], None]


def swallowing(act: Callable[[], object]) -> None:
    with suppress(*REFUSED):
        act()


def pay_the_same(amount: int, times: int) -> Sequence:
    def run(pay: Callable[[int, str], None]) -> None:
        for _ in range(times):
            swallowing(lambda: pay(amount, "release:7"))

    return run


def refused_then_less(pay: Callable[[int, str], None]) -> None:
    swallowing(lambda: pay(4000, "release:1"))
    swallowing(lambda: pay(4000, "release:2"))
    for n in range(10):
        swallowing(lambda n=n: pay(4000, f"release:2#{n}"))
    swallowing(lambda: pay(-3000, "release:3"))
    swallowing(lambda: pay(4000, "release:4"))


def growing_then_paying(pay: Callable[[int, str], None]) -> None:
    for n in range(5):
        swallowing(lambda n=n: pay(-1000, f"gift:{n}"))
    for n in range(10):
        swallowing(lambda n=n: pay(1000, f"release:{n}"))


RUNS: dict[str, Sequence] = {
    "refused, then less than nothing": refused_then_less,
    "gifts, then payments": growing_then_paying,
    **{f"{amount} paid {times} times for one thing": pay_the_same(amount, times) for amount, times in ((1, 9), (100, 5), (2500, 2), (2499, 4))},
}  # fmt: skip


class Real:
    """The ledger itself, through the same two calls."""

    def __init__(self, world: Any) -> None:
        self.actor = world.actor("community_director")
        ledger.grant(OPEN_NUMBERS, "5", actor=self.actor)

    def pay(self, amount: Any, about: str = "") -> None:
        with transaction.atomic():
            ledger.pay(OPEN_NUMBERS, amount, about, actor=self.actor)

    @property
    def taken(self) -> int:
        return sum(entry.amount for entry in LedgerEntry.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize("name", RUNS)
def test_no_sequence_of_payments_takes_more_than_was_granted_or_pays_one_thing_twice(world, monday_morning, name):
    careless = Careless()
    RUNS[name](careless.pay)
    with world.scope():
        real = Real(world)
        RUNS[name](real.pay)
        found = ledger.standing(OPEN_NUMBERS)
        assert found.left == GRANTED - real.taken >= 0
        assert len({entry.about for entry in found.entries}) == len(found.entries)
        lefts = [GRANTED, *(entry.left_after for entry in found.entries)]
        assert all(after < before for before, after in pairwise(lefts))
        assert careless.got > real.taken, "without the ledger the same sequence takes more"


FORBIDDEN: dict[str, Callable[[Any], object]] = {
    "saving a changed line": lambda w: _changed(LedgerEntry.objects.first(), amount=1),
    "saving a changed budget": lambda w: _changed(Budget.objects.first(), granted=20_000),
    "updating all lines": lambda w: LedgerEntry.objects.update(amount=1, left_after=4999),
    "updating the budget": lambda w: Budget.objects.update(granted=20_000),
    "bulk update": lambda w: LedgerEntry.objects.bulk_update(
        [_with(LedgerEntry.objects.first(), amount=1)], ["amount"]
    ),
    "deleting a line": lambda w: LedgerEntry.objects.first().delete(),
    "deleting all lines": lambda w: LedgerEntry.objects.all().delete(),
    "deleting the budget": lambda w: Budget.objects.first().delete(),
    "deleting through the filter": lambda w: LedgerEntry.objects.filter(amount__gt=0).delete(),
    "a second budget of the year": lambda w: ledger.grant(OPEN_NUMBERS, "20", actor=w.actor("community_director")),
    "a second budget by hand": lambda w: Budget.objects.create(
        purpose=OPEN_NUMBERS, year=2026, granted=1, granted_at=clock.now()
    ),
    "a budget without end by hand": lambda w: Budget.objects.create(
        purpose="other", year=2026, granted=2_000_000, granted_at=clock.now()
    ),
    "a budget of nothing by hand": lambda w: Budget.objects.create(
        purpose="other", year=2026, granted=0, granted_at=clock.now()
    ),
    "a line that gives back": lambda w: _line(sequence=2, amount=1000, left_before=1000, left_after=2000),
    "a line below zero": lambda w: _line(sequence=2, amount=2000, left_before=1000, left_after=-1000),
    "a line of nothing": lambda w: _line(sequence=2, amount=0, left_before=1000, left_after=1000),
    "a line in another's place": lambda w: _line(sequence=1, amount=1, left_before=1000, left_after=999),
    "a line for what is paid": lambda w: _line(
        sequence=2, amount=1, left_before=1000, left_after=999, about="release:1"
    ),
    "lowering by a negative amount": lambda w: ledger.lower(OPEN_NUMBERS, "-1", actor=w.actor("community_director")),
    "lowering by more than is left": lambda w: ledger.lower(OPEN_NUMBERS, "1.001", actor=w.actor("community_director")),
    "paying without a transaction's grant": lambda w: ledger.pay(
        "marketing", 1, "release:9", actor=w.actor("community_director")
    ),
    "paying for nothing": lambda w: ledger.pay(OPEN_NUMBERS, 1, "", actor=w.actor("community_director")),
    "paying more than is left": lambda w: ledger.pay(OPEN_NUMBERS, 1001, "x", actor=w.actor("community_director")),
    "a worker's grant": lambda w: ledger.grant(OPEN_NUMBERS, "5", actor=w.actor("community_worker")),
    "a resident's lowering": lambda w: ledger.lower(OPEN_NUMBERS, "0.001", actor=w.actor("elder")),
}


def _changed(row: Any, **values: Any) -> None:
    _with(row, **values).save()


def _with(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _line(**given: Any) -> LedgerEntry:
    usual = {"budget": Budget.objects.first(), "kind": "spent", "about": "release:99", "by": "x", "at": clock.now()}
    return LedgerEntry.objects.create(**(usual | given))


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORBIDDEN)
def test_nobody_writes_past_the_ledger(world, monday_morning, name):
    """1,000 of 5,000 are left; every way to have more, to write again or to begin anew is refused, and nothing changes."""
    with world.scope():
        real = Real(world)
        real.pay(4000, "release:1")
        before = list(LedgerEntry.objects.values()), list(Budget.objects.values())
        with pytest.raises(REFUSED), transaction.atomic():
            FORBIDDEN[name](world)
        assert (list(LedgerEntry.objects.values()), list(Budget.objects.values())) == before
        real.pay(1000, "release:2")
        assert ledger.standing(OPEN_NUMBERS).left == 0


def test_a_payment_and_what_it_pays_for_are_one_transaction(db, world, monday_morning):
    with world.scope():
        real = Real(world)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            ledger.pay(OPEN_NUMBERS, 4000, "release:1", actor=real.actor)
            raise ZeroDivisionError
        assert ledger.standing(OPEN_NUMBERS).left == GRANTED
        real.pay(5000, "release:1")


CLOCKS: dict[str, tuple[timedelta, timedelta]] = {
    "back a second": (timedelta(0), timedelta(seconds=-1)),
    "back a day": (timedelta(0), timedelta(days=-1)),
    "back into the last year": (timedelta(0), timedelta(days=-90)),
    "on a year and back again": (timedelta(days=365), timedelta(0)),
    "on ten years and back to the next": (timedelta(days=3650), timedelta(days=365)),
    "back over midnight of New Year in Hangzhou": (timedelta(days=305), timedelta(days=304, hours=14)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_that_is_put_back_opens_no_spent_budget_and_no_leftover(world, name):
    """Each budget is spent or granted at the first moment; the attacker then moves the clock to the second."""
    first, second = CLOCKS[name]
    with world.scope():
        director = world.actor("community_director")
        with clock.frozen(MONDAY_MORNING - timedelta(days=200)):
            ledger.grant(OPEN_NUMBERS, "5", actor=director)
        with clock.frozen(MONDAY_MORNING + first):
            if ledger.standing(OPEN_NUMBERS) is None:
                ledger.grant(OPEN_NUMBERS, "5", actor=director)
            with transaction.atomic():
                ledger.pay(OPEN_NUMBERS, 1000, "release:1", actor=director)
        with clock.frozen(MONDAY_MORNING + second):
            for act in (
                lambda: ledger.pay(OPEN_NUMBERS, 1, "release:2", actor=director),
                lambda: ledger.grant(OPEN_NUMBERS, "5", actor=director),
            ):
                with pytest.raises(Refusal) as refused, transaction.atomic():
                    act()
                assert refused.value.code in {"clock_moved_back", "granted_already"}
        assert sum(entry.amount for entry in LedgerEntry.objects.all()) == 1000


@pytest.mark.django_db
def test_the_year_is_that_of_the_neighbourhood(world):
    """16:30 on 31 December in Greenwich is the new year in Hangzhou: the old leftover is gone, not spent on the new."""
    with world.scope():
        director = world.actor("community_director")
        with clock.frozen(datetime(2026, 12, 31, 15, 30, tzinfo=UTC)):
            ledger.grant(OPEN_NUMBERS, "5", actor=director)
        with clock.frozen(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):
            with pytest.raises(Refusal) as refused, transaction.atomic():
                ledger.pay(OPEN_NUMBERS, 1, "release:1", actor=director)
            assert refused.value.code == "no_budget"
            assert ledger.grant(OPEN_NUMBERS, "3", actor=director).year == 2027
