"""Attacks on screens that redraw: averaging, differencing, nested cells, inverting the noise, two communities, small rates."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import product
from math import sqrt
from random import Random
from types import SimpleNamespace

import pytest

from linli.foundation.privacy.publishing import gate
from linli.foundation.privacy.publishing.rules import cell_key
from linli.foundation.privacy.publishing.tests.red_team.attack import SIGMAS, Attack, held
from linli.foundation.tenancy import community_scope
from linli.foundation.vault import keyring
from linli.foundation.vault.noise import noise_secret

ROUNDS = 300
SECRETS = [bytes([1 + n % 250, 1 + n // 250]) * 16 for n in range(ROUNDS)]
SLACK = SIGMAS / sqrt(ROUNDS)


def shown(records: Iterable[object], secret: bytes) -> int:
    return cell_key.shown(*cell_key.cell_key(records, secret))


def shares(count: int) -> Counter[int]:
    moves, chances = cell_key.distribution(min(count, 10))
    return Counter({count + move: chance for move, chance in zip(moves, chances, strict=True)})


def apart(a: Counter, b: Counter) -> float:
    """Total variation: the most that one look can gain."""
    return sum(abs(a[value] - b[value]) for value in a.keys() | b.keys()) / 2


def likelier(seen: int, there: Counter, not_there: Counter) -> float:
    """Points for guessing: 1 for there, 0 for not, half for no idea."""
    return 0.5 if there[seen] == not_there[seen] else float(there[seen] > not_there[seen])


def one_look() -> list[Attack]:
    """Everybody but the target is known: is it n, or n + 1?"""

    def look(gated: bool, n: int) -> float:
        right = 0.0
        for number, secret in enumerate(SECRETS):
            there = bool(number % 2)
            records = range(n + there)
            seen = shown(records, secret) if gated else n + there
            with_, without = (shares(n + 1), shares(n)) if gated else (Counter({n + 1: 1.0}), Counter({n: 1.0}))
            guess = likelier(seen, with_, without)
            right += guess if there else 1 - guess
        return 2 * right / ROUNDS - 1

    return [
        Attack(f"one look at {n} or {n + 1}", lambda gated, n=n: look(gated, n), min(0.99, apart(shares(n), shares(n + 1)) + SLACK))
        for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 49, 200)
    ]  # fmt: skip


def many_looks() -> list[Attack]:
    """The same people counted again: in another order, with another query, a thousand times. Noise that is drawn anew
    averages out."""

    def average(gated: bool, times: int, reorder: bool) -> float:
        right, rounds = 0, 100
        for number in range(rounds):
            rng, there = Random(number), number % 2
            records = list(range(14 + there))
            seen = []
            for look in range(times):
                if reorder:
                    rng.shuffle(records)
                secret = SECRETS[number] if gated else SECRETS[(number + look) % ROUNDS]
                seen.append(shown(records, secret))
            right += (sum(seen) / times > 14.5) == there
        return 2 * right / rounds - 1

    bound = apart(shares(14), shares(15)) + SIGMAS / sqrt(100)
    return [
        Attack(
            f"{times} looks{' in any order' if reorder else ''}",
            lambda gated, times=times, reorder=reorder: average(gated, times, reorder),
            bound,
        )
        for times, reorder in ((100, False), (150, False), (200, False), (100, True), (150, True))
    ]


def which_way() -> list[Attack]:
    """A number has changed between two looks: did somebody come, or go?"""

    def direction(gated: bool, n: int) -> float:
        right = 0.0
        for number, secret in enumerate(SECRETS):
            came = bool(number % 2)
            before, after = range(n), range(n + 1) if came else range(n - 1)
            if gated:
                change = shown(after, secret) - shown(before, secret)
            else:
                change = len(after) - len(before)
            right += 0.5 if change == 0 else float((change > 0) == came)
        return 2 * right / ROUNDS - 1

    return [
        Attack(f"which way {n} went", lambda gated, n=n: direction(gated, n), apart(shares(n - 1), shares(n + 1)) + SLACK)
        for n in (6, 8, 10, 15, 30, 100)
    ]  # fmt: skip


def joined_cells() -> list[Attack]:
    """The target stands in several cells of one screen: total, over 60, over 65, its own bar."""

    def join(gated: bool, sizes: tuple[int, ...]) -> float:
        right = 0.0
        for number, secret in enumerate(SECRETS):
            there = bool(number % 2)
            odds = 0.0
            for cell, n in enumerate(sizes):
                seen = shown([(cell, r) for r in range(n + there)], secret) if gated else n + there
                with_, without = shares(n + 1)[seen], shares(n)[seen]
                if not gated:
                    with_, without = float(seen == n + 1), float(seen == n)
                odds += (with_ > without) - (with_ < without) if min(with_, without) == 0 else (with_ / without - 1)
            right += 0.5 if odds == 0 else float((odds > 0) == there)
        return 2 * right / ROUNDS - 1

    return [
        Attack(
            f"cells of {' and '.join(map(str, sizes))} together",
            lambda gated, sizes=sizes: join(gated, sizes),
            min(0.95, sum(apart(shares(n), shares(n + 1)) for n in sizes) + SLACK),
        )
        for sizes in ((40, 30), (60, 40, 30), (90, 60, 40, 30), (200, 12), (15, 14))
    ]


def nested() -> list[Attack]:
    """Two cells of one screen differ by a handful: their difference says whether the handful belongs."""

    def difference(gated: bool, n: int, few: int) -> float:
        if not gated:
            return 1.0 if len(set(range(n + few)) ^ set(range(n))) == few else 0.0
        told = gate_of(SECRETS[n % ROUNDS]).cells("x", {"outer": range(n + few), "inner": range(n)})
        return float(told["outer"].value is not None and told["inner"].value is not None)

    return [
        Attack(f"{few} between two cells of {n}", lambda gated, n=n, few=few: difference(gated, n, few))
        for n, few in product((5, 20, 300), (1, 2, 3, 4))
    ]


def gate_of(secret: bytes) -> SimpleNamespace:
    """The gate's own cells over a secret that the test knows."""

    def cells(unit: str, sets: dict) -> dict:
        kept = gate._secret
        gate._secret = lambda _unit: secret
        try:
            return gate.cells(unit, sets)
        finally:
            gate._secret = kept

    return SimpleNamespace(cells=cells)


GUESSES: dict[str, Callable[[list[int]], int]] = {
    "no key": lambda records: 0,
    "digests without a key": lambda records: _sum(blake2b(str(r).encode(), digest_size=8).digest() for r in records),
    "digests keyed by the community": lambda records: _sum(
        blake2b(str(r).encode(), key=b"mx", digest_size=8).digest() for r in records
    ),
    "digests keyed by zeros": lambda records: _sum(
        blake2b(str(r).encode(), key=bytes(32), digest_size=8).digest() for r in records
    ),
    "identifiers themselves": lambda records: sum(records),
    "the count": lambda records: len(records),
    "the largest identifier": lambda records: max(records),
    "exclusive or of identifiers": lambda records: _xor(records),
}


def _sum(digests: Iterable[bytes]) -> int:
    return sum(int.from_bytes(one, "big") for one in digests)


def _xor(records: Iterable[int]) -> int:
    found = 0
    for one in records:
        found ^= one
    return found


def inverting() -> list[Attack]:
    """The noise should be worked out from what is known of the records, and taken off again."""

    def invert(gated: bool, guess: Callable[[list[int]], int]) -> float:
        hits = 0
        for number in range(ROUNDS):
            records = list(range(number, number + 40 + number % 7))
            mixed = hmac.digest(b"", (guess(records) % 2**64).to_bytes(8, "big"), "sha256")
            guessed = cell_key.shown(len(records), int.from_bytes(mixed[:4], "big"))
            real = shown(records, SECRETS[0]) if gated else guessed
            hits += real == guessed
        return hits / ROUNDS

    chance = sum(share**2 for share in shares(40).values())
    return [
        Attack(f"the noise from {name}", lambda gated, guess=guess: invert(gated, guess), chance + SLACK)
        for name, guess in GUESSES.items()
    ]


def parts_and_whole() -> list[Attack]:
    """The noise of a union should follow from the noise of its parts."""

    def add_up(gated: bool, parts: int) -> float:
        hits = 0
        for _number, secret in enumerate(SECRETS):
            sets = [range(100 * p, 100 * p + 20 + p) for p in range(parts)]
            whole = [record for one in sets for record in one]
            noise = sum(shown(one, secret) - len(one) for one in sets)
            real = shown(whole, secret) - len(whole) if gated else noise
            hits += real == noise
        return hits / ROUNDS

    return [
        Attack(f"noise of {parts} parts added up", lambda gated, parts=parts: add_up(gated, parts), 0.25 + SLACK)
        for parts in (2, 3, 4, 6)
    ]


def small_rates() -> list[Attack]:
    """The one answer that is not known, from a share and its base on the wall."""

    def betray(gated: bool, n: int) -> float:
        right = 0.0
        for number, secret in enumerate(SECRETS):
            happy = bool(number % 2)
            part = range(n // 2 + happy)
            if gated:
                base, some = shown(range(n), secret), shown(part, secret)
                told = None if base < gate.FEWEST_IN_A_RATE else min(some, base)
            else:
                told = len(part)
            with_, without = (shares(n // 2 + 1), shares(n // 2))
            if not gated:
                with_, without = Counter({n // 2 + 1: 1.0}), Counter({n // 2: 1.0})
            guess = 0.5 if told is None else likelier(told, with_, without)
            right += guess if happy else 1 - guess
        return 2 * right / ROUNDS - 1

    return [
        Attack(
            f"a rate of {n} on the wall",
            lambda gated, n=n: betray(gated, n),
            min(0.95, apart(shares(n // 2), shares(n // 2 + 1)) + SLACK),
        )
        for n in (1, 2, 4, 6, 9, 10, 12, 24, 60)
    ]


ATTACKS = [
    *one_look(), *many_looks(), *which_way(), *joined_cells(), *nested(), *inverting(), *parts_and_whole(), *small_rates(),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_attack_gains_no_more_than_is_allowed(attack):
    held(attack)


def test_noise_does_not_change_when_the_keys_are_rotated(settings, tmp_path):
    """A secret that rotates would draw new noise each time, to be averaged."""
    settings.LINLI_HOME, settings.LINLI_KEYS = tmp_path, str(tmp_path / "ring.json")
    keyring.forget()
    before = noise_secret("1\0resident")
    for _ in range(3):
        keyring.replace_ring(keyring.ring(fresh=True).rotated())
    assert noise_secret("1\0resident") == before
    keyring.forget()


def test_two_communities_and_two_kinds_of_row_share_no_noise():
    """Identifiers that occur in both must not let one screen unmask the other."""
    same = {"community": 0, "kind": 0}
    for n in range(200):
        records = range(n, n + 50)
        with community_scope(1):
            here, other_kind = gate.cell("resident", records).value, gate.cell("case", records).value
        with community_scope(2):
            same["community"] += gate.cell("resident", records).value == here
        same["kind"] += other_kind == here
    chance = sum(share**2 for share in shares(50).values())
    assert all(hits / 200 < chance + SIGMAS / (2 * sqrt(200)) for hits in same.values())


def test_the_secret_is_in_no_table_and_no_setting(db):
    from django.apps import apps
    from django.conf import settings as django_settings

    secret = noise_secret("1\0resident")
    assert secret.hex() not in repr(vars(django_settings._wrapped))
    for model in apps.get_models():
        for field in model._meta.fields:
            assert "noise" not in field.name
