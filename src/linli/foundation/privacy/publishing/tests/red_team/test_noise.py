"""Attacks on released counts: differencing, averaging, joining figures, loud residents, small and rounded rates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest

from linli.foundation.privacy.publishing import noise, releasing
from linli.foundation.privacy.publishing.numbers import Question, all_indicators, all_questions, tally
from linli.foundation.privacy.publishing.rules.budget import ONE
from linli.foundation.privacy.publishing.tests.red_team.attack import SIGMAS, Attack, dp_bound, held

TRIALS = 800
CROWD = 60
QUESTIONS = {question.key: question for question in all_questions()}
COUNTED = [key for key, question in QUESTIONS.items() if question.cap > 1]


def counts(question: Question, entries: int, *, cell: int = 0) -> list[int]:
    """What the gate counts of a crowd and of a target who brings ``entries`` (none: the target is not there)."""
    crowd = [(f"p{n}", question.cells[n % len(question.cells)]) for n in range(CROWD)]
    return list(tally(question, [*[("target", question.cells[cell])] * entries, *crowd]).values())


def raw(question: Question, entries: int, *, cell: int = 0) -> list[int]:
    """The same without the cap that the gate puts on each person."""
    found = [CROWD // len(question.cells) + (n < CROWD % len(question.cells)) for n in range(len(question.cells))]
    found[cell] += entries
    return found


def drawn(found: Sequence[int], question: Question, share: int, times: int) -> list[tuple[int, ...]]:
    """``times`` independent releases of the same counts."""
    epsilon = releasing.epsilon_of(question, share)
    flat = noise.noisy(list(found) * times, cap=question.cap, epsilon=epsilon)
    width = len(found)
    return [tuple(flat[n * width : (n + 1) * width]) for n in range(times)]


def far(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def told_apart(keys: Sequence[str], share: int, gated: bool, entries: int = 1) -> float:
    """Advantage of the best attacker (the likelihood ratio of discrete Laplace noise), who knows everybody but the target
    and sees the answers to ``keys`` together."""
    right = 0.0
    half = TRIALS // 2
    views: dict[bool, list[list[tuple[Sequence[int], Sequence[int], Sequence[int], float]]]] = {}
    for there in (False, True):
        columns = []
        for key in keys:
            question = QUESTIONS[key]
            count = counts if gated else raw
            without, with_target = count(question, 0), count(question, entries)
            real = with_target if there else without
            seen = drawn(real, question, share, half) if gated else [tuple(real)] * half
            weight = releasing.epsilon_of(question, share) / question.cap
            columns.append([(one, without, with_target, weight) for one in seen])
        views[there] = [list(row) for row in zip(*columns, strict=True)]
    for there, rows in views.items():
        for row in rows:
            score = sum(weight * (far(seen, without) - far(seen, with_)) for seen, without, with_, weight in row)
            right += 0.5 if score == 0 else float((score > 0) == there)
    return 2 * right / TRIALS - 1


def differencing() -> list[Attack]:
    """Everybody else is known: the published count less the known one is the target."""
    return [
        Attack(
            f"difference to the known rest: {key} at {share}",
            lambda gated, key=key, share=share: told_apart([key], share, gated),
            dp_bound(releasing.epsilon_of(QUESTIONS[key], share), TRIALS),
        )
        for key in QUESTIONS
        for share in releasing.SHARES
    ]


def joining() -> list[Attack]:
    """Figures that hold the same person are read together."""
    some = [*combinations(sorted(QUESTIONS), 2), tuple(sorted(QUESTIONS))]
    return [
        Attack(
            f"join of {' and '.join(keys)}",
            lambda gated, keys=keys: told_apart(keys, 250, gated),
            dp_bound(sum(releasing.epsilon_of(QUESTIONS[key], 250) for key in keys), TRIALS),
        )
        for keys in some
    ]


def loud() -> list[Attack]:
    """Somebody who brings many entries should stand out."""
    return [
        Attack(
            f"{entries} entries of one person in {key}",
            lambda gated, key=key, entries=entries: told_apart([key], 500, gated, entries),
            dp_bound(releasing.epsilon_of(QUESTIONS[key], 500), TRIALS),
        )
        for key in COUNTED
        for entries in (2, 3, 8, 40, 500)
    ]


def averaging() -> list[Attack]:
    """A release is read again and again: what is stored stays, what is drawn anew averages out."""

    def read(gated: bool, times: int) -> float:
        question, right, rounds = QUESTIONS["registry.alone"], 0, 200
        for n in range(rounds):
            there = n % 2
            first, *again = drawn(counts(question, there), question, 1000, 1 if gated else times)
            mean = sum(one[0] for one in (first, *again)) / (1 + len(again))
            right += (mean > CROWD + 0.5) == there
        return 2 * right / rounds - 1

    return [
        Attack(f"the same figure read {times} times", lambda gated, times=times: read(gated, times), dp_bound(500, 200))
        for times in (120, 180, 240)
    ]


def small_rates() -> list[Attack]:
    """A rate of few betrays the one answer that is not known."""
    rate = next(one for one in all_indicators() if one.key == "resolution")
    question = QUESTIONS[rate.question]
    solved, not_solved = sorted(rate.cells)[0], sorted(rate.of - rate.cells)[0]

    def betray(gated: bool, n: int) -> float:
        right, rounds = 0.0, 250
        for number in range(rounds):
            happy = bool(number % 2)
            cells = dict.fromkeys(question.cells, 0) | {solved: n // 2, not_solved: n - 1 - n // 2}
            cells[solved if happy else not_solved] += 1
            guesses = {}
            for guess in (True, False):
                guessed = dict.fromkeys(question.cells, 0) | {solved: n // 2, not_solved: n - 1 - n // 2}
                guessed[solved if guess else not_solved] += 1
                guesses[guess] = round(ONE * guessed[solved] / n)
            if gated:
                seen = dict(zip(cells, drawn(list(cells.values()), question, 1000, 1)[0], strict=True))
                shown = releasing._make(rate, question, seen, 1000).value
            else:
                shown = round(ONE * cells[solved] / n)
            if shown is None or guesses[True] == guesses[False]:
                right += 0.5
            else:
                right += float((abs(shown - guesses[True]) < abs(shown - guesses[False])) == happy)
        return 2 * right / rounds - 1

    return [
        Attack(f"a rate of {n}", lambda gated, n=n: betray(gated, n), dp_bound(question.epsilon, 250))
        for n in (1, 2, 3, 4, 5, 7, 9, 10, 11, 14, 20, 40)
    ]


def rounding() -> list[Attack]:
    """From a rate and its base the exact number behind it should come out by rounding."""
    rate = next(one for one in all_indicators() if one.key == "on_time")
    question = QUESTIONS[rate.question]

    def undo(gated: bool, n: int) -> float:
        rng, right, rounds = Random(n), 0, 200
        for _ in range(rounds):
            part = rng.randrange(n // 2, n)
            cells = {"on_time": part, "late": n - part}
            if gated:
                seen = dict(zip(cells, drawn(list(cells.values()), question, 1000, 1)[0], strict=True))
                made = releasing._make(rate, question, seen, 1000)
                value, base = made.value, made.n
            else:
                value, base = round(ONE * part / n), n
            right += value is not None and base is not None and (round(value * base / ONE), base) == (part, n)
        return right / rounds

    zero = (1 - 2.718281828 ** (-1 / 2)) / (1 + 2.718281828 ** (-1 / 2))
    return [
        Attack(f"undo the rounding of {n}", lambda gated, n=n: undo(gated, n), zero**2 + SIGMAS * (zero**2 / 200) ** 0.5 + 0.02)
        for n in (30, 50, 80, 130, 210, 340, 550)
    ]  # fmt: skip


def shapes() -> list[Attack]:
    """Numbers that make a careless mechanism answer with too little noise, or with none."""

    def answers(gated: bool, found: list, given: dict) -> float:
        if not gated:
            return float(careless(found, **given) is not None)
        try:
            noise.noisy(found, **given)
        except (ValueError, TypeError, OverflowError):
            return 0.0
        return 1.0

    def careless(found: list, *, cap, epsilon):
        try:
            scale = abs(float(cap) / (float(epsilon) / 1000)) if epsilon else 0.0
        except (TypeError, ValueError, OverflowError):
            scale = 0.0
        return [f"{one} ± {scale}" for one in found]

    odd = [
        ("ε of zero", [1], {"cap": 1, "epsilon": 0}), ("ε below zero", [1], {"cap": 1, "epsilon": -500}),
        ("ε of NaN", [1], {"cap": 1, "epsilon": float("nan")}), ("ε without end", [1], {"cap": 1, "epsilon": float("inf")}),
        ("ε of true", [1], {"cap": 1, "epsilon": True}), ("ε as text", [1], {"cap": 1, "epsilon": "500"}),
        ("ε of half a thousandth", [1], {"cap": 1, "epsilon": 0.5}), ("ε beyond the most", [1], {"cap": 1, "epsilon": 20_001}),
        ("ε of 2⁶³", [1], {"cap": 1, "epsilon": 2**63}), ("cap of zero", [1], {"cap": 0, "epsilon": 500}),
        ("cap below zero", [1], {"cap": -1, "epsilon": 500}), ("cap of NaN", [1], {"cap": float("nan"), "epsilon": 500}),
        ("cap of true", [1], {"cap": True, "epsilon": 500}), ("cap beyond sense", [1], {"cap": 2**40, "epsilon": 500}),
        ("a count below zero", [-1], {"cap": 1, "epsilon": 500}), ("a count of 2⁶³", [2**63], {"cap": 1, "epsilon": 500}),
        ("a count in parts", [1.5], {"cap": 1, "epsilon": 500}), ("a count of NaN", [float("nan")], {"cap": 1, "epsilon": 500}),
        ("a count of true", [True], {"cap": 1, "epsilon": 500}), ("a count as text", ["7"], {"cap": 1, "epsilon": 500}),
    ]  # fmt: skip
    return [
        Attack(name, lambda gated, found=found, given=given: answers(gated, found, given)) for name, found, given in odd
    ]


ATTACKS = [*differencing(), *joining(), *loud(), *averaging(), *small_rates(), *rounding(), *shapes()]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_attack_gains_no_more_than_is_allowed(attack):
    held(attack)
