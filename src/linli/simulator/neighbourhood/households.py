"""Who lives here: household kinds whose sums give the paper's 4,906 residents, 3,189 of them 60 or older.

Elders living alone are 478 of 3,189 (15 %); the other kinds follow an ageing inner-city neighbourhood where the
children have moved out. Ages keep clear of the sixtieth birthday for some months around ``as_of``, so that the share
stays what it is while a demo runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from linli.simulator.neighbourhood.names import invent_name, surname_of

RESIDENTS, ELDERS = 4906, 3189
CLEAR_DAYS = 180

KINDS: dict[str, int] = {
    "alone": 478,
    "couple": 900,
    "three_generations": 261,
    "elder_with_child": 389,
    "family": 130,
    "single": 155,
}
"""Households of each kind in the whole neighbourhood; see ``_members`` for who belongs to each."""


@dataclass(frozen=True)
class Somebody:
    """A person without an address yet."""

    name: str
    sex: str
    birth_date: date


def households(rng: Random, as_of: date, share: float = 1.0) -> Iterator[tuple[str, list[Somebody]]]:
    """Yield (kind, members), the whole neighbourhood's with ``share`` 1.0 and in proportion below."""
    for kind, count in KINDS.items():
        for _ in range(round(count * share)):
            yield kind, _members(rng, kind, as_of)


def _members(rng: Random, kind: str, as_of: date) -> list[Somebody]:
    if kind == "alone":
        sex = "f" if rng.random() < 0.66 else "m"
        return [_elder(rng, as_of, sex, _elder_age(rng, mode=76))]
    if kind == "couple":
        husband = _elder_age(rng, mode=70)
        wife = min(97, max(60, husband - rng.randint(-2, 5)))
        return [_elder(rng, as_of, "m", husband), _elder(rng, as_of, "f", wife)]
    if kind == "three_generations":
        age = _elder_age(rng, mode=68)
        grandfather = _elder(rng, as_of, "m", age)
        grandmother = _elder(rng, as_of, "f", min(97, max(60, age - rng.randint(-2, 4))))
        father_age = max(27, min(56, age - rng.randint(24, 33)))
        family = surname_of(grandfather.name)
        return [
            grandfather,
            grandmother,
            _younger(rng, as_of, "m", father_age, family),
            _younger(rng, as_of, "f", max(25, father_age - rng.randint(-2, 4))),
            _younger(rng, as_of, rng.choice("mf"), max(0, min(24, father_age - rng.randint(26, 34))), family),
        ]
    if kind == "elder_with_child":
        age = _elder_age(rng, mode=78)
        parent = _elder(rng, as_of, rng.choice("mff"), age)
        child = max(22, min(58, age - rng.randint(23, 34)))
        return [parent, _younger(rng, as_of, rng.choice("mf"), child, surname_of(parent.name))]
    if kind == "family":
        age = rng.randint(28, 50)
        father = _younger(rng, as_of, "m", age)
        child = max(0, min(22, age - rng.randint(25, 34)))
        return [
            father,
            _younger(rng, as_of, "f", max(24, age - rng.randint(-2, 4))),
            _younger(rng, as_of, rng.choice("mf"), child, surname_of(father.name)),
        ]
    return [_younger(rng, as_of, rng.choice("mf"), rng.randint(22, 57))]


def _elder_age(rng: Random, *, mode: int) -> int:
    return round(rng.triangular(60, 97, mode))


def _elder(rng: Random, as_of: date, sex: str, age: int) -> Somebody:
    born = _born(rng, as_of, age)
    latest = as_of.replace(year=as_of.year - 60, day=min(as_of.day, 28)) - timedelta(days=CLEAR_DAYS)
    return Somebody(invent_name(rng, sex=sex, elder=True), sex, min(born, latest))


def _younger(rng: Random, as_of: date, sex: str, age: int, surname: str | None = None) -> Somebody:
    born = _born(rng, as_of, age)
    earliest = as_of.replace(year=as_of.year - 60, day=min(as_of.day, 28)) + timedelta(days=CLEAR_DAYS)
    return Somebody(invent_name(rng, sex=sex, elder=False, surname=surname), sex, max(born, earliest))


def _born(rng: Random, as_of: date, age: int) -> date:
    return as_of - timedelta(days=round(age * 365.2425) + rng.randrange(65, 363))
